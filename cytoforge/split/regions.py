"""Divide images into train, val and test so that what belongs together stays together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cytoforge.config.base import nearest
from cytoforge.config.split import SplitConfig, SplitFractions
from cytoforge.errors import UserError
from cytoforge.seeds import derive_seed
from cytoforge.split.blocks import block_regions
from cytoforge.split.region import GUARD, SPLITS, Region, Split, split_named
from cytoforge.split.unequal_groups import nearest_assignment

SPLIT_COLUMN = "split"
BLOCKS = "blocks"


@dataclass(frozen=True)
class SplitSource:
    """What splitting needs to know of an image: size in pixels and its row of samples.tsv.

    A column `image` names the source that the planes of a Z or T stack share: neighbouring planes
    show the same cells, so they count as one image. Without it the source is the image itself.
    """

    name: str
    height: int
    width: int
    columns: Mapping[str, str] = field(default_factory=dict)


def split_regions(
    images: Sequence[SplitSource], config: SplitConfig, seed: int
) -> tuple[Region, ...]:
    """Return the region(s) of each image, sorted by image name and then train, val, test.

    A filled column `split` in samples.tsv decides by itself, where it says `blocks` for that image
    alone; an image of which it says `guard` has no region. Otherwise `by: blocks` cuts each image
    into strips, and anything else keeps whole images: groups (an image, or all images that
    share a value of the column `by`) are ranked by a hash of (seed, group), so the order of
    `images` does not matter. Groups of one size fill the splits in that order: one more image moves
    at most a few at the boundaries. Groups of several sizes are assigned so that the numbers of
    images come nearest to the fractions (see `nearest_assignment`). With `within` all this is done
    for the groups of each value of that column by itself.

    Raises UserError for repeated names, an unknown or empty column, fewer groups than splits, a
    group that the column `split` divides, and strips that leave nothing for training.
    """
    images = sorted(images, key=lambda image: image.name)
    _check_names(images)
    images = [image for image in images if _said(image) != GUARD]
    alone = [image for image in images if _said(image) == BLOCKS]
    others = [image for image in images if _said(image) != BLOCKS]
    if any(map(_said, others)):
        regions = [*_strips(alone, config, seed), *_by_table(others, config)]
    elif config.by == BLOCKS:
        regions = _strips(images, config, seed)
    else:
        regions = [*_strips(alone, config, seed), *_by_groups(others, config, seed)]
    return tuple(sorted(regions, key=lambda region: region.image))


def _said(image: SplitSource) -> str:
    return image.columns.get(SPLIT_COLUMN, "").strip()


def _strips(images: Sequence[SplitSource], config: SplitConfig, seed: int) -> list[Region]:
    groups = _groups(images, BLOCKS)
    return [
        region
        for image in images
        for region in block_regions(
            image.name, groups[image.name], (image.height, image.width), config, seed
        )
    ]


def _by_groups(images: Sequence[SplitSource], config: SplitConfig, seed: int) -> list[Region]:
    groups = _groups(images, config.by)
    kinds: dict[str, set[str]] = {}  # of each group: values of the column `within`
    for image in images:
        kind = image.columns.get(config.within or "", "").strip()
        kinds.setdefault(groups[image.name], set()).add(kind)
    members: dict[str, Split] = {}
    for of_kind in sorted({tuple(sorted(found)) for found in kinds.values()}):
        sizes = Counter(g for g in groups.values() if tuple(sorted(kinds[g])) == of_kind)
        members |= _assign(sizes, config, seed)
    return [_whole(image, members[groups[image.name]], groups[image.name]) for image in images]


def split_counts(n: int, fractions: SplitFractions) -> dict[Split, int]:
    """Return how many of `n` groups each split gets: at least one where its fraction is not zero.

    The rest go one at a time to the split that is furthest below its fraction.

    >>> split_counts(7, SplitFractions(train=0.6, val=0.15, test=0.25))
    {'train': 4, 'val': 1, 'test': 2}
    """
    wanted = {split: getattr(fractions, split) for split in SPLITS}
    counts: dict[Split, int] = {split: int(wanted[split] > 0) for split in SPLITS}
    used = [split for split in SPLITS if counts[split]]
    for _ in range(n - len(used)):
        furthest_below = max(used, key=lambda split: wanted[split] * n - counts[split])
        counts[furthest_below] += 1
    return counts


def _assign(groups: Mapping[str, int], config: SplitConfig, seed: int) -> dict[str, Split]:
    """Return the split of each group; `groups` has the number of images in each."""
    needed = [split for split in SPLITS if getattr(config.fractions, split) > 0]
    if len(groups) < len(needed):
        names = ", ".join(repr(group) for group in sorted(groups)) or "none"
        raise UserError(
            "split.by",
            f"at least {len(needed)} groups, one each for {', '.join(needed)}",
            f"{len(groups)} with `by: {config.by}` ({names})",
            "set `by: blocks` to cut each image into separate strips (or one of them alone by"
            " `blocks` in column `split` of samples.tsv), or add images",
        )
    ranked = sorted(groups, key=lambda group: derive_seed(seed, "split", group))
    sizes = [groups[group] for group in ranked]
    if len(set(sizes)) > 1:
        return dict(zip(ranked, nearest_assignment(sizes, config.fractions), strict=True))
    counts = split_counts(len(groups), config.fractions)
    order = [split for split in reversed(SPLITS) for _ in range(counts[split])]
    return dict(zip(ranked, order, strict=True))


def _groups(images: Sequence[SplitSource], by: str) -> dict[str, str]:
    """Return the group of each image."""
    if by in ("image", "blocks", "slices"):
        return {
            image.name: image.columns.get("image", "").strip() or image.name for image in images
        }
    for image in images:
        if not image.columns.get(by, "").strip():
            known = sorted({column for other in images for column in other.columns})
            hint = "" if by in known else nearest(by, [*known, "image", "blocks"])
            raise UserError(
                "split.by",
                f"a value in column `{by}` of samples.tsv for every image",
                f"none for image {image.name}; columns: {', '.join(known) or 'none'}",
                f"fill the column, or use `by: image` or `by: blocks`{hint}",
            )
    return {image.name: image.columns[by].strip() for image in images}


def _by_table(images: Sequence[SplitSource], config: SplitConfig) -> tuple[Region, ...]:
    """Read the split of each image from the table's own column."""
    groups = _groups(images, config.by)
    first: dict[str, tuple[str, str]] = {}
    regions = []
    for image in images:
        split = _named_split(image)
        group = groups[image.name]
        other, other_split = first.setdefault(group, (image.name, split))
        if split != other_split:
            raise UserError(
                "samples.tsv, column split",
                f"one split for all images of group {group}",
                f"{other} in {other_split}, {image.name} in {split}",
                "give both the same split",
            )
        regions.append(_whole(image, split, group))
    found = {region.split for region in regions}
    missing = [s for s in SPLITS if s not in found and getattr(config.fractions, s) > 0]
    if missing:
        raise UserError(
            "samples.tsv, column split",
            f"at least one image in {', '.join(missing)}",
            "none",
            "give some images that split, or set its fraction in split.fractions to 0",
        )
    return tuple(regions)


def _named_split(image: SplitSource) -> Split:
    text = image.columns.get(SPLIT_COLUMN, "").strip()
    try:
        return split_named(text)
    except ValueError as error:
        raise UserError(
            f"samples.tsv, column split, image {image.name}",
            "train, val or test (or the column empty for all images)",
            repr(text),
            "fill the column for every image or for none",
        ) from error


def _whole(image: SplitSource, split: Split, group: str) -> Region:
    return Region(image.name, split, 0, 0, image.height, image.width, group)


def _check_names(images: Sequence[SplitSource]) -> None:
    if not images:
        raise UserError("samples.tsv", "at least one image", "none", "add a row for each image")
    for one, two in pairwise(images):
        if one.name == two.name:
            raise UserError("samples.tsv", "each image once", f"{one.name} twice", "rename one")
