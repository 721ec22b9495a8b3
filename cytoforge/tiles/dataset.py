"""Cut images, their label maps and instance labels into one data set of tiles."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from cytoforge.config.objects import GAP
from cytoforge.config.tiles import DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.jobs.atomic import atomic_path, write_json
from cytoforge.references.codes import Code, codes_to_rows
from cytoforge.split.domains import DomainImages
from cytoforge.split.region import SPLITS, Region
from cytoforge.tiles.cut import TileCutter
from cytoforge.tiles.domain_tiles import described
from cytoforge.tiles.manifest import TileRow, write_manifest
from cytoforge.tiles.sample import Placement, place_tiles
from cytoforge.tiles.sources import Sources
from cytoforge.tiles.tile_set import (
    NEIGHBOURS,
    PLANES,
    DatasetInfo,
    PlacementInfo,
    TileSet,
    read_tiles,
)

__all__ = ["TileSet", "read_tiles", "write_tiles"]


def write_tiles(
    folder: str | Path,
    images: Iterable[tuple[Image, np.ndarray, np.ndarray]],
    regions: Iterable[Region],
    config: DatasetConfig,
    codes: tuple[Code, ...],
    seed: int,
    domains: DomainImages | None = None,
    neighbours: Callable[[str], np.ndarray] | None = None,
) -> None:
    """Write images, labels and instances (.npy), manifest.csv and dataset.json into `folder`.

    Only one image is held in memory at a time, and the bytes written do not depend on the order
    in which `images` come. Training tiles with a larger fraction of code 0 than
    `config.max_gap_fraction`, and all with fewer classes than `config.min_classes`, are left out.

    Parameters
    ----------
    images : each image with its label map, uint8 (Y, X), codes 0 … len(codes) − 1, and its
        instance labels, integers (Y, X), 0 where there is no cell; they are numbered from 1 in
        every tile
    neighbours : the label maps around an image's own by its name, uint8 (2n, Y, X); written as
        neighbours.npy. None: no such plane, whatever the config says
    regions : where the tiles of each split may lie; every image named there must come once
    domains : where label maps are of the first domain and images of the second: those of the
        second have no label map that counts, and dataset.json names both

    Raises
    ------
    UserError
        For a missing, repeated or unexpected image, one that differs from the others in channels
        or dtype, a label map of the wrong shape, dtype or codes, instance labels of another
        shape, an image without room for a tile, and a split without tiles.
    """
    folder, regions = Path(folder), tuple(regions)
    if neighbours is None:  # whoever learns from these sees none
        config = config.model_copy(update={"neighbours": 0})
    placements = place_tiles(regions, config, seed)
    unlabelled = frozenset(list(domains.of.values())[1] if domains else ())
    sources = Sources(regions, len(codes))
    with (
        ExitStack() as files,
        closing(_cutter(folder, files, placements, config, codes, unlabelled)) as cutter,
    ):
        for whole, label_map, instances in images:
            image = whole.with_channels(config.channels)
            sources.accept(image, label_map, instances)
            maps = {"labels": label_map, "instances": instances}
            if neighbours is not None:
                maps[NEIGHBOURS] = neighbours(image.name)
            cutter.cut(image, maps)
        sources.finish()
        rows = cutter.finish()
        _check_train(rows, placements, config, unlabelled)
    write_manifest(folder / "manifest.csv", rows)
    info = _info(config, codes, sources, cutter, _placement_info(rows, placements))
    named = described(domains, config, rows) if domains else {}
    write_json(folder / "dataset.json", {**info, **named})


def _cutter(
    folder: Path,
    files: ExitStack,
    placements: Sequence[Placement],
    config: DatasetConfig,
    codes: Sequence[Code],
    unlabelled: Collection[str],
) -> TileCutter:
    """Return what cuts tiles into arrays that are whole when `files` is closed."""
    return TileCutter(
        {n: files.enter_context(atomic_path(folder / f"{n}.npy")) for n in _planes(config)},
        placements,
        config.tile_px,
        config.max_gap_fraction,
        len(codes),
        codes[0].region == GAP,
        config.min_classes,
        unlabelled,
        config.neighbours,
    )


def _planes(config: DatasetConfig) -> dict[str, str]:
    """Return the kinds of the planes that are cut, by name."""
    return PLANES | ({NEIGHBOURS: NEIGHBOURS} if config.neighbours else {})


def _info(
    config: DatasetConfig,
    codes: tuple[Code, ...],
    sources: Sources,
    cutter: TileCutter,
    placements: list[PlacementInfo],
) -> DatasetInfo:
    found: DatasetInfo = {
        "planes": {
            name: {"kind": kind, "dtype": str(cutter.dtypes[name])}
            for name, kind in _planes(config).items()
        },
        "tile_px": config.tile_px,
        "channels": list(sources.channels or ()),
        "dtype": str(sources.dtype),
        "codes": codes_to_rows(codes),
        "ranges": dict(sorted(sources.ranges.items())),
        "pixel_size_um": dict(sorted(sources.pixel_size_um.items())),
        "class_pixels": {
            split: counts.tolist()
            for split, counts in zip(SPLITS, cutter.class_pixels, strict=True)
        },
        "placements": placements,
    }
    if config.neighbours:
        found["neighbours"] = config.neighbours
    return found


def _check_train(
    rows: Sequence[TileRow],
    placements: Sequence[Placement],
    config: DatasetConfig,
    unlabelled: frozenset[str],
) -> None:
    """Raise UserError for a split that its label maps leave without a tile."""
    rows = [row for row in rows if row.image not in unlabelled]
    placements = [one for one in placements if one.region.image not in unlabelled]
    for split in SPLITS if config.min_classes > 1 else ():
        planned = sum(len(p.origins) for p in placements if p.region.split == split)
        if planned and not any(row.split == split for row in rows):
            raise UserError(
                "datasets.min_classes",
                f"{split} tiles with at least {config.min_classes} classes",
                f"none of {planned}",
                "lower min_classes, or take larger tiles",
            )
    planned = sum(len(p.origins) for p in placements if p.region.split == "train")
    if planned and not any(row.split == "train" for row in rows):
        raise UserError(
            "datasets.max_gap_fraction",
            f"training tiles with at most {config.max_gap_fraction:g} of their area in the gap",
            f"none of {planned}",
            "raise max_gap_fraction",
        )


def _placement_info(
    rows: Sequence[TileRow], placements: Sequence[Placement]
) -> list[PlacementInfo]:
    kept = {(row.image, row.row, row.col) for row in rows}
    found = Counter(
        placement.region
        for placement in placements
        for origin in placement.origins
        if (placement.region.image, *origin) in kept
    )
    return [
        {
            "image": placement.region.image,
            "split": placement.region.split,
            "method": placement.method,
            "asked": placement.asked,
            "obtained": found[placement.region],
            "left_out": len(placement.origins) - found[placement.region],
        }
        for placement in placements
    ]
