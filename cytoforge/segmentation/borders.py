"""Outer borders of labelled objects, all of them traced at once, step by step."""

from collections.abc import Iterator

import numpy as np
from skimage.measure import label

# Directions as (row, column), counter-clockwise on a screen from the right.
EIGHT = np.array([(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)])
FOUR = EIGHT[::2]
LEFT = 4  # number of the direction in EIGHT


def pixel_borders(labels: np.ndarray) -> dict[int, np.ndarray]:
    """Return the border pixels of each object by its id, x and y, int (n, 2).

    Traced through eight neighbours from the first pixel in raster order, downwards; of straight
    runs the ends alone (Suzuki and Abe 1985, 10.1016/0734-189X(85)90016-7; as OpenCV's outer
    contours with simple approximation). Of an object in several pieces the first one's.
    """
    padded = np.pad(labels, 1)
    ids, start = _first_pixels(padded)
    if not ids.size:
        return {}
    around = _members(padded, ids, start)  # (n, 8)
    # Clockwise from the left: the pixel from which the border comes back to its first one.
    order = (LEFT - 1 - np.arange(8)) % 8
    came = order[around[:, order].argmax(1)]
    alone = ~around.any(1)
    last = start + EIGHT[came]
    at, before = start.copy(), (came + 4) % 8
    points: list[tuple[np.ndarray, np.ndarray]] = [(np.flatnonzero(alone), start[alone])]
    active = np.flatnonzero(~alone)
    while active.size:
        turns = (came[active, None] + 1 + np.arange(8)) % 8
        inside = _members(padded, ids[active], at[active])
        way = turns[np.arange(len(active)), np.take_along_axis(inside, turns, 1).argmax(1)]
        corner = way != before[active]
        points.append((active[corner], at[active][corner]))
        onward = at[active] + EIGHT[way]
        closed = (onward == start[active]).all(1) & (at[active] == last[active]).all(1)
        at[active], before[active], came[active] = onward, way, (way + 4) % 8
        active = active[~closed]
    return dict(zip(ids.tolist(), _by_object(points, len(ids), 1), strict=True))


def polygons(labels: np.ndarray) -> dict[int, list[np.ndarray]]:
    """Return the polygons around the pixels of each object by its id, corners x and y, int (n, 2).

    They run along the edges of pixels, clockwise on a screen; pixel (0, 0) is the square from 0 to
    1. Holes are not cut out. Of pieces that touch at a corner, or nowhere, each has its own.
    """
    pieces = label(labels, background=0, connectivity=1)
    padded = np.pad(pieces, 1)
    numbers, start = _first_pixels(padded)
    if not numbers.size:
        return {}
    corners = _by_object(list(_edge_corners(padded, numbers, start)), len(numbers), 1)
    found: dict[int, list[np.ndarray]] = {}
    for first, ring in zip(start - 1, corners, strict=True):
        found.setdefault(int(labels[tuple(first)]), []).append(ring)
    return dict(sorted(found.items()))


def _edge_corners(
    padded: np.ndarray, ids: np.ndarray, start: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield objects and the corners at which their outline turns, the object on its right."""
    at, way = start.copy(), np.zeros(len(ids), int)  # along the upper edge, to the right
    active = np.arange(len(ids))
    while active.size:
        at[active] += FOUR[way[active]]
        # Of the two pixels ahead of a corner, whose own pixel is the one below and right of it.
        right = _ahead(padded, ids[active], at[active], way[active], to_the_right=True)
        left = _ahead(padded, ids[active], at[active], way[active], to_the_right=False)
        turn = np.where(~right, -1, np.where(left, 1, 0))
        turned = turn != 0
        yield active[turned], at[active][turned]
        way[active] = (way[active] + turn) % 4
        back = (at[active] == start[active]).all(1) & (way[active] == 0)
        active = active[~back]


def _ahead(
    padded: np.ndarray, ids: np.ndarray, at: np.ndarray, way: np.ndarray, to_the_right: bool
) -> np.ndarray:
    """Return whether the pixel ahead on that side of a line belongs to the object, bool (n,)."""
    # Of the four pixels around a corner, by direction: right, up, left, down.
    ahead_left = np.array([(-1, 0), (-1, -1), (0, -1), (0, 0)])
    ahead_right = np.array([(0, 0), (-1, 0), (-1, -1), (0, -1)])
    rows, cols = (at + (ahead_right if to_the_right else ahead_left)[way]).T
    found: np.ndarray = padded[rows, cols] == ids
    return found


def _first_pixels(padded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids, and the first pixel in raster order of each, (n, 2)."""
    flat = np.flatnonzero(padded)
    ids, index = np.unique(padded.ravel()[flat], return_index=True)
    return ids, np.stack(np.unravel_index(flat[index], padded.shape), 1)


def _members(padded: np.ndarray, ids: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return which of the eight neighbours of pixels belong to their object, bool (n, 8)."""
    places = at[:, None] + EIGHT
    found: np.ndarray = padded[places[..., 0], places[..., 1]] == ids[:, None]
    return found


def _by_object(
    points: list[tuple[np.ndarray, np.ndarray]], count: int, padding: int
) -> list[np.ndarray]:
    """Return the points of each object in the order in which they were found, x before y."""
    owners = np.concatenate([owner for owner, _ in points])
    places = np.concatenate([place for _, place in points]) - padding
    order = np.argsort(owners, kind="stable")
    ends = np.cumsum(np.bincount(owners, minlength=count))[:-1]
    return [part[:, ::-1] for part in np.split(places[order], ends)]
