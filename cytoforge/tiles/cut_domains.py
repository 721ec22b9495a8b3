"""Cut the images of two domains into one data set of tiles."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.config.tiles import DAB, DatasetConfig
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.jobs.atomic import atomic_path, write_json
from cytoforge.split.domains import DomainImages
from cytoforge.split.region import SPLITS, Region
from cytoforge.tiles.domain_images import Member
from cytoforge.tiles.domain_tiles import described
from cytoforge.tiles.manifest import TileRow, tile_name, write_manifest
from cytoforge.tiles.npy_rows import NpyRows
from cytoforge.tiles.registration import Placed
from cytoforge.tiles.sample import Placement, place_tiles


@dataclass(frozen=True)
class _Place:
    """Where a tile is cut, and its place in the array; `pair` is the same for both of a pair."""

    index: int
    pair: int
    region: Region
    row: int
    col: int


def write_domain_tiles(
    folder: str | Path,
    members: Iterable[Member],
    regions: Iterable[Region],
    domains: DomainImages,
    config: DatasetConfig,
    seed: int,
) -> None:
    """Write images.npy, manifest.csv and dataset.json into `folder`.

    The tiles of the first domain come first, each domain's as `place_tiles` sorts them. Those of
    the second of two paired domains lie where their partners lie. Only one image (or pair) is held
    in memory at a time.

    Parameters
    ----------
    members : the images of both domains, each once
    regions : of all images; those of others are passed over

    Raises
    ------
    UserError
        For an image that is missing, or not as large as its regions, images that differ in channels
        or type, partners of different size, an image without room for a tile, and a split of one
        domain without tiles.
    """
    folder = Path(folder)
    placed = _placements(tuple(regions), domains, config, seed)
    cutter = _Cutter(_plan(placed, domains), config)
    with atomic_path(folder / "images.npy") as path:
        try:
            for member in members:
                cutter.cut(member, path)
            rows = cutter.finish(domains.paired)
        finally:
            cutter.close()
    for domain, images in domains.of.items():
        _check_train(domain, [row for row in rows if row.image in set(images)])
    write_manifest(folder / "manifest.csv", rows)
    write_json(folder / "dataset.json", cutter.info(rows, placed, domains))


def _placements(
    regions: Sequence[Region], domains: DomainImages, config: DatasetConfig, seed: int
) -> list[Placement]:
    """Return where the tiles of both domains lie, those of the first domain first."""
    own = config.model_copy(update={"tile_px": config.side_px})
    placed: list[Placement] = []
    for images in list(domains.of.values())[: 1 if domains.paired else 2]:
        mine = set(images)
        placed += place_tiles([r for r in regions if r.image in mine], own, seed)
    return placed


def _plan(placed: Sequence[Placement], domains: DomainImages) -> dict[str, list[_Place]]:
    """Return the tiles of each image."""
    plan: dict[str, list[_Place]] = defaultdict(list)
    tiles = [(one.region, *origin) for one in placed for origin in one.origins]
    for index, (region, row, col) in enumerate(tiles):
        plan[region.image].append(_Place(index, index, region, row, col))
        mate = domains.pairs.get(region.image)
        if mate is not None:
            moved = Region(
                mate, region.split, region.row0, region.col0, region.row1, region.col1, region.group
            )
            plan[mate].append(_Place(len(tiles) + index, index, moved, row, col))
    return plan


class _Cutter:
    """Writes each tile to its planned place, whatever order the images come in."""

    def __init__(self, plan: Mapping[str, list[_Place]], config: DatasetConfig) -> None:
        self._plan, self._config = plan, config
        self._file: NpyRows | None = None
        self._like: Image | None = None  # the first image: all are as it is
        self._rows: dict[int, TileRow] = {}
        self._pairs: dict[int, int] = {}
        self._positive: dict[int, float] = {}
        self._ranges: dict[str, list[list[float | str]]] = {}
        self._sizes: dict[str, float | None] = {}
        self._registration: dict[str, dict[str, Any]] = {}
        self._kept: list[int] = []

    def cut(self, member: Member, path: Path) -> None:
        """Write the tiles of an image, but for those that reach beyond what is known of it."""
        image = member.image.with_channels(self._config.channels)
        file = self._file or self._open(image, path)
        self._check(image)
        side = self._config.side_px
        stain = self._stain(member.image)
        for place in self._plan[image.name]:
            box = np.s_[place.row : place.row + side, place.col : place.col + side]
            if member.known is not None and not member.known[box].all():
                continue
            tile = averaged(image.pixels[:, *box], side // self._config.tile_px)
            stored = file.write(place.index, tile)
            region = place.region
            self._rows[place.index] = TileRow(
                name=tile_name(image.name, place.row, place.col),
                image=image.name,
                row=place.row,
                col=place.col,
                split=region.split,
                group=region.group,
                gap_fraction=0.0,
                sha256=hashlib.sha256(stored).hexdigest(),
            )
            self._pairs[place.index] = place.pair
            if stain is not None:
                self._positive[place.index] = round(float(stain[box].mean()), 6)
        self._note(image, member.placed)

    def finish(self, paired: bool) -> list[TileRow]:
        """Close the holes that left-out tiles made, of pairs both; return the manifest's rows."""
        if missing := sorted(set(self._plan) - set(self._ranges)):
            raise UserError("tiles", "every image of the regions", f"no {', '.join(missing)}")
        kept = sorted(self._rows)
        if paired:
            both = Counter(self._pairs[index] for index in kept)
            kept = [index for index in kept if both[self._pairs[index]] == 2]
        if self._file is not None:
            self._file.keep(kept)
        self._kept = kept
        return [self._rows[index] for index in kept]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def info(
        self, rows: Sequence[TileRow], placed: Sequence[Placement], domains: DomainImages
    ) -> dict[str, Any]:
        """Return the content of dataset.json."""
        config, like = self._config, self._like
        assert like is not None, "there are tiles"
        counts = Counter((row.image, str(row.split)) for row in rows)
        known: dict[str, Any] = {
            "planes": {"images": {"kind": "image", "dtype": str(like.pixels.dtype)}},
            "tile_px": config.tile_px,
            "crop_px": config.side_px,
            "channels": list(like.channels),
            "dtype": str(like.pixels.dtype),
            "codes": [],
            "ranges": dict(sorted(self._ranges.items())),
            "pixel_size_um": dict(sorted(self._sizes.items())),
            "class_pixels": {split: [] for split in SPLITS},
            "placements": [_placement(one, counts) for one in placed],
            **described(domains, config, rows),
            "pairs": domains.pairs,
            "registration": dict(sorted(self._registration.items())),
        }
        if config.positive is not None:
            fractions = [self._positive.get(index) for index in self._kept]
            known["positive"] = {**config.positive.model_dump(), "fractions": fractions}
        return known

    def _open(self, image: Image, path: Path) -> NpyRows:
        side = self._config.tile_px
        count = sum(map(len, self._plan.values()))
        shape = (len(image.channels), side, side)
        self._like = image
        self._file = NpyRows(path, count, shape, image.pixels.dtype)
        return self._file

    def _check(self, image: Image) -> None:
        where, like = f"image {image.name}", self._like
        assert like is not None
        if image.name not in self._plan or image.name in self._ranges:
            found = "given twice" if image.name in self._ranges else "in none"
            raise UserError(where, "each image of the domains once", found, "make the split again")
        bottom = max(place.region.row1 for place in self._plan[image.name])
        right = max(place.region.col1 for place in self._plan[image.name])
        if image.shape[0] < bottom or image.shape[1] < right:
            raise UserError(
                where,
                f"at least {bottom} × {right} px, which its regions (or its partner's) span",
                f"{image.shape[0]} × {image.shape[1]} px",
                "make the split again, or give it a partner of its size",
            )
        if (image.channels, image.pixels.dtype) != (like.channels, like.pixels.dtype):
            raise UserError(
                where,
                f"channels {', '.join(like.channels)} in {like.pixels.dtype}, as in {like.name}",
                f"channels {', '.join(image.channels)} in {image.pixels.dtype}",
                "images of both domains need the same channels and type; see samples.tsv",
            )

    def _stain(self, image: Image) -> np.ndarray | None:
        """Return where the stain is, bool (Y, X); None where nobody asks."""
        positive = self._config.positive
        if positive is None:
            return None
        from cytoforge.segmentation.derived_channels import channel_pixels

        return channel_pixels(image, DAB) > positive.dab_above

    def _note(self, image: Image, placed: Placed | None) -> None:
        self._ranges[image.name] = [[r.low, r.high, r.method] for r in image.ranges]
        scale = self._config.side_px / self._config.tile_px
        size = image.pixel_size_um
        self._sizes[image.name] = None if size is None else size * scale
        if placed is not None:
            self._registration[image.name] = asdict(placed)


def averaged(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Return means of squares of `factor` px, (C, Y, X) → (C, Y / factor, X / factor) in the same
    type; integers are rounded.

    >>> averaged(np.array([[[0, 2], [4, 7]]], np.uint8), 2).tolist()
    [[[3]]]
    """
    if factor == 1:
        return pixels
    channels, rows, cols = pixels.shape
    parts = pixels.reshape(channels, rows // factor, factor, cols // factor, factor)
    means: np.ndarray = parts.mean(axis=(2, 4), dtype=np.float64)
    whole = np.rint(means) if np.issubdtype(pixels.dtype, np.integer) else means
    return whole.astype(pixels.dtype)


def _check_train(domain: str, rows: Sequence[TileRow]) -> None:
    if not any(row.split == "train" for row in rows):
        raise UserError(
            f"tiles of domain {domain}",
            "at least one training tile",
            "none: registration leaves no whole tile, or no image is in train",
            "lower tile_px or crop_px, set `register: false`, or see split.within",
        )


def _placement(placement: Placement, counts: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    region = placement.region
    return {
        "image": region.image,
        "split": region.split,
        "method": placement.method,
        "asked": placement.asked,
        "obtained": counts[region.image, region.split],
        "left_out": 0,
    }
