"""Prove that no test pixels reached training."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from typing import Any, TypeVar

import numpy as np
from scipy.spatial import cKDTree

from cytoforge.config.split import SplitConfig
from cytoforge.errors import UserError
from cytoforge.split.region import SPLITS, Region
from cytoforge.split.resemblance import ALIKE, most_alike, reduced
from cytoforge.tiles.domain_tiles import side_in_image
from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import TileSet

T = TypeVar("T")
_REDUCED_PX = 64
_TILES_AT_ONCE = 256


def check_leaks(
    tile_set: TileSet,
    regions: Sequence[Region],
    config: SplitConfig,
    cut: Collection[str] = (),
) -> dict[str, Any]:
    """Return the proof that splits have nothing in common, ready for JSON, or raise UserError.

    Checked, each from the files themselves:

    1. every tile lies inside a region of its own image, split and group;
    2. an image has one group, and no group occurs in two splits, unless its images are cut into
       strips (`by: blocks`, or those in `cut`);
    3. regions of different splits in one group lie at least `guard_px` apart, in one image or in
       two planes of a stack; the smallest distance of each two splits is reported;
    4. no tile overlaps a tile of another split in the same group;
    5. no two tiles have the same content, in one split or in two: the same field under two names
       would let a model be scored on what it was trained on. The sha256 of every tile is computed
       again and must agree with the manifest. Tiles in which every channel is constant (blank
       background) are equal without being copies, so they are counted and reported but no error;
    6. the two tiles of different splits and groups that are most alike at some shift are reported
       (see `cytoforge.split.resemblance`). Whole images that are nearly the same were refused when
       they were divided; a few cells on a lattice may look the same without being copies, so this
       is no error. Tiles of one group are not compared: that they lie apart is checked by place.

    The first offending tiles are named in the error. Of two domains the tiles of both are checked
    together.

    Parameters
    ----------
    cut : images that are cut into strips though others are not
    """
    rows, side = tile_set.manifest, side_in_image(tile_set.info)
    _check_inside(rows, regions, side)
    groups = _check_groups(regions, config, cut)
    region_distances = _check_regions(regions, config)
    tile_distance = check_overlap(rows, side)
    blank = _check_content(tile_set)
    alike = _check_resemblance(tile_set)
    return {
        "passed": True,
        "split_by": config.by,
        "tiles": {split: sum(row.split == split for row in rows) for split in SPLITS},
        "images": {split: len({r.image for r in regions if r.split == split}) for split in SPLITS},
        "groups": {split: sorted(groups[split]) for split in SPLITS},
        "images_in_several_splits": sum(
            len(set(splits)) > 1
            for splits in _collect((r.image, r.split) for r in regions).values()
        ),
        "smallest_region_distance_px": region_distances,
        "smallest_tile_distance_px": tile_distance,
        "blank_tiles_with_equal_content": blank,
        "most_alike_tiles": alike,
    }


def check_overlap(rows: Sequence[TileRow], side: int) -> int | None:
    """Return the smallest distance in px between tiles of different splits in one group.

    None where no group has several splits. Raises UserError for tiles that overlap.

    Two squares of one size overlap when their origins differ by less than `side` along both axes,
    that is when the Chebyshev distance of the origins is below `side`. A k-d tree finds the
    nearest in O(n log n); all pairs of 10,000 tiles would be 10⁸.
    """
    smallest: int | None = None
    for mine in _collect((row.group, row) for row in rows).values():
        by_split = {s: [row for row in mine if row.split == s] for s in SPLITS}
        for one, two in combinations([tiles for tiles in by_split.values() if tiles], 2):
            tree = cKDTree([(tile.row, tile.col) for tile in one])
            nearest, which = tree.query([(tile.row, tile.col) for tile in two], p=np.inf)
            closest = int(np.argmin(nearest))
            distance = int(nearest[closest]) - side
            if distance < 0:
                pair = one[which[closest]], two[closest]
                raise _leak(
                    "tiles of different splits without common pixels",
                    " and ".join(f"{tile.name} ({tile.split})" for tile in pair) + " overlap",
                )
            smallest = distance if smallest is None else min(smallest, distance)
    return smallest


def _check_inside(rows: Sequence[TileRow], regions: Iterable[Region], side: int) -> None:
    homes: dict[tuple[str, str, str], list[Region]] = defaultdict(list)
    for region in regions:
        homes[region.image, region.split, region.group].append(region)
    for row in rows:
        home = homes[row.image, row.split, row.group]
        if not any(region.contains(row.row, row.col, side, side) for region in home):
            raise _leak(
                f"tile {row.name} inside a {row.split} region of its image and group {row.group}",
                f"{len(home)} such regions, none of which holds it",
            )


def _check_groups(
    regions: Iterable[Region], config: SplitConfig, cut: Collection[str]
) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {split: set() for split in SPLITS}
    homes: dict[str, Region] = {}
    group_of: dict[str, str] = {}
    for region in regions:
        groups[region.split].add(region.group)
        group = group_of.setdefault(region.image, region.group)
        if region.group != group:
            raise _leak(f"one group for image {region.image}", f"{group} and {region.group}")
        other = homes.setdefault(region.group, region)
        in_strips = config.by == "blocks" or {region.image, other.image} <= set(cut)
        if region.split != other.split and not in_strips:
            raise _leak(
                f"group {region.group} in one split",
                f"image {other.image} in {other.split}, image {region.image} in {region.split}",
            )
    return groups


def _check_regions(regions: Iterable[Region], config: SplitConfig) -> dict[str, int]:
    """Return the smallest distance in px between regions of one group, by the two splits."""
    smallest: dict[str, int] = {}
    for group, mine in _collect((r.group, r) for r in regions).items():
        for one, two in combinations(sorted(mine, key=lambda r: SPLITS.index(r.split)), 2):
            if one.split == two.split:
                continue
            distance = max(
                two.row0 - one.row1, one.row0 - two.row1, two.col0 - one.col1, one.col0 - two.col1
            )
            if distance < config.guard_px:
                raise _leak(
                    f"{one.split} and {two.split} of {group} at least {config.guard_px} px apart",
                    f"{distance} px",
                )
            pair = f"{one.split} and {two.split}"
            smallest[pair] = min(distance, smallest.get(pair, distance))
    return smallest


def _check_content(tile_set: TileSet) -> int:
    """Return how many blank tiles equal an earlier one; raise for any other equal tiles."""
    first: dict[str, int] = {}
    blank = 0
    for index, row in enumerate(tile_set.manifest):
        tile = np.ascontiguousarray(tile_set["images"][index])
        digest = hashlib.sha256(tile.data).hexdigest()
        if digest != row.sha256:
            raise _leak(f"tile {row.name} as the manifest's sha256 says", "other content")
        other = first.setdefault(digest, index)
        if other == index:
            continue
        if not (tile == tile[:, :1, :1]).all():
            duplicate = tile_set.manifest[other]
            raise _leak(
                "every tile once",
                f"{duplicate.name} ({duplicate.split}) and {row.name} ({row.split}) have the same"
                " content",
            )
        blank += 1
    return blank


def _check_resemblance(tile_set: TileSet) -> dict[str, Any] | None:
    """Return the two most alike tiles of different splits and groups, and their correlation."""
    rows = tile_set.manifest
    if len({row.group for row in rows}) < 2:
        return None
    side = min(_REDUCED_PX, tile_set.info["tile_px"])
    copies = np.stack(
        [
            reduced(unit, side)
            for start in range(0, len(rows), _TILES_AT_ONCE)
            for unit in tile_set.unit(range(start, min(start + _TILES_AT_ONCE, len(rows))))
        ]
    )
    found = most_alike(copies, [row.split for row in rows], [row.group for row in rows])
    if found is None:
        return None
    named = [f"{rows[i].name} ({rows[i].split})" for i in (found.first, found.second)]
    return {"tiles": named, "correlation": round(found.correlation, 4), "suspect_from": ALIKE}


def _collect(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    """Collect values by key, in the order they come."""
    collected: dict[str, list[T]] = defaultdict(list)
    for key, value in pairs:
        collected[key].append(value)
    return collected


def _leak(expected: str, found: str) -> UserError:
    return UserError(
        "leak check",
        expected,
        found,
        "see that no file is listed twice in samples.tsv, then make the split and tiles again",
    )
