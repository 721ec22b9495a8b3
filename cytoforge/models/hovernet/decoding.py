"""HoVer-Net's maps as instances: the published steps, for all nuclei at once.

The labels are those of the public implementation, which looks at the whole field once per nucleus.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from skimage.segmentation import watershed

from cytoforge.compute.banded import filtered_strips
from cytoforge.compute.runs import Runs, runs_of
from cytoforge.models.hovernet.packing import packed

ROWS = 32
Taps = tuple[float, ...]


@dataclass(frozen=True)
class HoVerDecoding:
    """How maps become nuclei; the published values.

    Attributes
    ----------
    nucleus : probability from which a pixel belongs to a nucleus
    edge : strength, 0 to 1, from which a pixel separates two nuclei
    sobel_px : side of the kernel that finds edges
    min_area_px : smaller nuclei, and smaller seeds of them, are left out
    """

    nucleus: float = 0.5
    edge: float = 0.4
    sobel_px: int = 21
    min_area_px: int = 10


def nuclei_of(
    probability: np.ndarray, distances: np.ndarray, decoding: HoVerDecoding | None = None
) -> np.ndarray:
    """Return instance labels, int32 (Y, X); ids are those of the seeds and may have gaps.

    Parameters
    ----------
    probability : of a nucleus, float32 (Y, X)
    distances : along x and along y, float32 (2, Y, X)
    """
    decoding = decoding or HoVerDecoding()
    pieces = runs_of(probability >= decoding.nucleus).large(decoding.min_area_px)
    edges = np.ones(probability.shape, np.float32)
    edges.ravel()[pieces.pixels()] = edge_strength(distances, decoding.sobel_px, pieces)
    seeds = runs_of(_seed_mask(edges < decoding.edge)).large(decoding.min_area_px)
    of_runs = _one_seed(pieces, seeds)
    labels = pieces.picture_of(of_runs)
    if of_runs.min(initial=0) < 0:
        _flood(labels, pieces.some(of_runs < 0), seeds, edges)
    return labels


def _flood(labels: np.ndarray, pieces: Runs, seeds: Runs, edges: np.ndarray) -> None:
    """Give the pixels of some pieces the seed that the watershed takes them to."""
    # A small part of the field, laid out close to each other.
    layout = packed(pieces)
    at, to = pieces.pixels(), layout.pixels()
    markers = _seeded(pieces, layout, seeds)
    # Nothing spreads from pixels whose four neighbours belong to the same seed, or to no nucleus.
    mask = (markers == 0) | ((markers > 0) & ~_enclosed(markers))
    still = mask.ravel()[to]
    height = np.zeros(layout.shape)
    height.ravel()[to[still]] = _heights(edges, at[still])
    found = np.where(mask, watershed(height, markers, mask=mask), markers)
    labels.ravel()[at] = found.ravel()[to]


def _seeded(pieces: Runs, layout: Runs, seeds: Runs) -> np.ndarray:
    """Return the seed of each pixel of a layout of pieces, int32: 0 where it has none, −1 beside
    the pieces."""
    own, seed = pieces.touching(seeds)
    moved = (layout.first - pieces.first)[own]
    both = Runs(
        layout.shape,
        np.maximum(pieces.first[own], seeds.first[seed]) + moved,
        np.minimum(pieces.after[own], seeds.after[seed]) + moved,
        seeds.piece[seed],
    )
    seeded = np.full(layout.shape, -1, np.int32)
    seeded.ravel()[layout.pixels()] = 0
    seeded.ravel()[both.pixels()] = both.piece.repeat(both.lengths)
    return seeded


def edge_strength(distances: np.ndarray, sobel_px: int, pieces: Runs) -> np.ndarray:
    """Return how steeply distances fall at the pixels of pieces, as they do between nuclei, float32
    (n,) in [0, 1], where 0 and 1 are the least and the most of the field."""
    smooth, slope = sobel_taps(sobel_px)
    rows, width = pieces.rows(), pieces.shape[1]
    cols = pieces.pixels() - rows * width

    def ascent(plane: np.ndarray, taps: tuple[Taps, Taps]) -> np.ndarray:
        found = np.empty(len(rows))
        low, high = np.inf, -np.inf
        for first, strip in filtered_strips(to_unit(plane), *taps):
            low, high = min(low, float(strip.min())), max(high, float(strip.max()))
            own = slice(*np.searchsorted(rows, (first, first + len(strip))))
            found[own] = strip[rows[own] - first, cols[own]]
        return scaled(found, low, high)

    # NumPy lets others work meanwhile: the two directions in as many threads.
    with ThreadPoolExecutor(2) as pool:
        lowest = np.minimum(*pool.map(ascent, distances, ((slope, smooth), (smooth, slope))))
    strength: np.ndarray = np.float32(1) - lowest
    return strength


def sobel_taps(size_px: int) -> tuple[Taps, Taps]:
    """Return the two factors of a Sobel kernel of any odd size: what smooths, and what differs.

    >>> sobel_taps(3)
    ((1.0, 2.0, 1.0), (-1.0, 0.0, 1.0))
    """
    smooth, slope = np.ones(1), np.array([-1.0, 1.0])
    for _ in range(size_px - 2):
        smooth, slope = np.convolve(smooth, [1, 1]), np.convolve(slope, [1, 1])
    return tuple(np.convolve(smooth, [1, 1]).tolist()), tuple(slope.tolist())


def to_unit(values: np.ndarray) -> np.ndarray:
    """Return values scaled to [0, 1], float32; 0 where all are equal."""
    unit = np.empty(values.shape, np.float32)
    low, high = float(values.min()), float(values.max())
    # Some rows at a time: what is computed of them stays in the cache.
    for first in range(0, len(values), ROWS):
        rows = slice(first, first + ROWS)
        unit[rows] = scaled(values[rows], low, high)
    return unit


def scaled(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return values on a scale where `low` is 0 and `high` 1, float32; 0 where these are equal."""
    scale = 1 / (high - low) if high - low > np.finfo(np.float64).eps else 0.0
    return (values * scale - low * scale).astype(np.float32, copy=False)


def _seed_mask(seeds: np.ndarray) -> np.ndarray:
    """Return what separates no nuclei, with its holes filled, rounded, bool (Y, X)."""
    height, width = seeds.shape
    ground = runs_of(~seeds)
    row, left = np.divmod(ground.first, width)
    open_ends = (row == 0) | (row == height - 1) | (left == 0) | (ground.after % width == 0)
    outside = np.bincount(ground.piece, open_ends) > 0
    hole = ground.some(~outside[ground.piece])
    filled = seeds.copy()
    filled.ravel()[hole.pixels()] = True
    return _dilated(~_dilated(~filled))


def _dilated(mask: np.ndarray) -> np.ndarray:
    """Return a mask grown by the ellipse of 5 × 5 px: three rows of 5 px, above and below 1 px."""
    wide, grown = mask.copy(), mask.copy()
    for shift in (1, 2):
        wide[:, shift:] |= mask[:, :-shift]
        wide[:, :-shift] |= mask[:, shift:]
        grown[shift:] |= mask[:-shift]
        grown[:-shift] |= mask[shift:]
    grown |= wide
    grown[1:] |= wide[:-1]
    grown[:-1] |= wide[1:]
    return grown


def _one_seed(pieces: Runs, seeds: Runs) -> np.ndarray:
    """Return the seed of each run's piece, int32: 0 where it has none, −1 where several.

    A piece with one seed is flooded from it, whatever its height.
    """
    own, seed = pieces.touching(seeds)
    count = int(seeds.piece.max(initial=0)) + 1
    both = np.unique(pieces.piece[own].astype(np.int64) * count + seeds.piece[seed])
    piece, seed = np.divmod(both, count)
    of_piece = np.zeros(int(pieces.piece.max(initial=0)) + 1, np.int32)
    of_piece[piece] = seed
    of_piece[piece[1:][piece[1:] == piece[:-1]]] = -1
    return of_piece[pieces.piece]


def _enclosed(labels: np.ndarray) -> np.ndarray:
    """Return where a pixel's four neighbours have its label or a negative one, bool (Y, X)."""
    same = np.ones(labels.shape, bool)
    for one, other, first, second in (
        (labels[1:], labels[:-1], same[1:], same[:-1]),
        (labels[:, 1:], labels[:, :-1], same[:, 1:], same[:, :-1]),
    ):
        alike = one == other
        first &= alike | (other < 0)
        second &= alike | (one < 0)
    return same


def _heights(edges: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return minus the blurred opposite of the edges (3 × 3 Gaussian of weights 1, 2, 1) at some
    pixels of the raveled picture, float64."""
    height, width = edges.shape
    rows, cols = np.divmod(at, width)
    # Mirrored at the edges, which are not repeated.
    above, below = _beside(rows, height, width)
    left, right = _beside(cols, width, 1)
    depth = np.float32(1) - edges.ravel()

    def across(line: np.ndarray) -> np.ndarray:
        sides = depth.take(line + left).astype(np.float64) + depth.take(line + right)
        blurred: np.ndarray = depth.take(line) * np.float64(0.5) + sides * 0.25
        return blurred

    found: np.ndarray = -(across(at) * 0.5 + (across(at + above) + across(at + below)) * 0.25)
    return found


def _beside(lines: np.ndarray, count: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the way to the line before and to the one after, mirrored at both ends."""
    step = step if count > 1 else 0
    return np.where(lines > 0, -step, step), np.where(lines < count - 1, step, -step)
