"""Whether tiles and patches fit into the images, known from their sizes before any job."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from cytoforge.config.split import SplitConfig
from cytoforge.errors import UserError
from cytoforge.images.any_volume import grid_of_any, is_any_volume
from cytoforge.images.header_size import header_size
from cytoforge.images.samples import Sample
from cytoforge.split.membership import split_columns
from cytoforge.split.region import SPLITS, Region
from cytoforge.split.regions import SplitSource, split_regions

# The side of an image whose file does not say its size: anything fits, until it is read.
_UNKNOWN_PX = 10**9
_MOST_NAMED = 5


def check_room(
    samples: Iterable[Sample],
    split: SplitConfig,
    seed: int,
    tiles: Mapping[str, int],
    patch_px: int | None,
    images: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> None:
    """Raise UserError where a tile fits into no region of an image or of a split, or a patch into
    no region of test.

    Parameters
    ----------
    tiles : side of a tile by config key, of data sets that are cut from these images
    patch_px : side of the patches that are scored; None: none are
    images : that a data set takes, by the same config key, where it does not take all
    """
    regions = _divided(samples, split, seed)
    problems = []
    for key, px in tiles.items():
        own = images.get(key)
        taken = [region for region in regions if own is None or region.image in own]
        problems += _images_without_room(taken, key, px) or [
            _no_region(taken, key, px, name) for name in SPLITS
        ]
    if patch_px is not None:
        # Pairs of test are compared, and real patches of train with them.
        problems += [
            _no_region(regions, "metrics.patch_px", patch_px, name) for name in ("train", "test")
        ]
    problems = list(filter(None, problems))
    if problems:
        raise UserError(
            "config",
            "tiles and patches that fit into the images",
            "\n    - ".join(["", *problems]),
            "lower tile_px or patch_px, take other images, or raise the split's fraction or"
            " split.block_px",
        )


def _divided(samples: Iterable[Sample], split: SplitConfig, seed: int) -> tuple[Region, ...]:
    """Return the regions that the images will have, whose sizes are read from their headers."""
    sizes: dict[tuple[str, ...], tuple[int, int]] = {}
    sources = []
    for sample in samples:
        file = next(iter(sample.files.values()))
        key = (file, *sample.plane)  # all planes of a stack are of one size
        if key not in sizes:
            sizes[key] = _size(file, sample.plane)
        columns = split_columns(sample, split)
        sources.append(SplitSource(sample.name, *sizes[key], columns))
    return split_regions(sources, split, seed)


def _size(file: str, plane: Mapping[str, int]) -> tuple[int, int]:
    """Return height and width of an image, or of a slice of a volume."""
    if is_any_volume(file):
        return grid_of_any(file).slice_shape(next(iter(plane)))
    return header_size(file) or (_UNKNOWN_PX, _UNKNOWN_PX)


def _images_without_room(regions: Iterable[Region], key: str, px: int) -> list[str]:
    own: dict[str, list[Region]] = {}
    for region in regions:
        own.setdefault(region.image, []).append(region)
    without = [image for image, mine in own.items() if not _fit(mine, px)]
    more = f" and {len(without) - _MOST_NAMED} more" if len(without) > _MOST_NAMED else ""
    named = [f"{image} ({_sizes(own[image])})" for image in without[:_MOST_NAMED]]
    return [f"{key}: {px} px do not fit into image {', '.join(named)}{more}"] if without else []


def _no_region(regions: Iterable[Region], key: str, px: int, split: str) -> str:
    """Name a split that has regions, none of which holds a square of `px`; "" for any other."""
    mine = [region for region in regions if region.split == split]
    if not mine or _fit(mine, px):
        return ""
    return f"{key}: {px} px do not fit into any region of {split} ({_sizes(mine)})"


def _fit(regions: Iterable[Region], px: int) -> bool:
    return any(r.row1 - r.row0 >= px and r.col1 - r.col0 >= px for r in regions)


def _sizes(regions: Iterable[Region]) -> str:
    shown = dict.fromkeys(f"{r.row1 - r.row0} × {r.col1 - r.col0} px" for r in regions)
    return ", ".join(list(shown)[:_MOST_NAMED])
