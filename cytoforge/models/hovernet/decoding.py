"""HoVer-Net's maps as instances: the published steps, for all nuclei at once.

The labels are those of the public implementation, which looks at the whole field once per nucleus.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed

from cytoforge.compute.banded import filtered
from cytoforge.models.hovernet.packing import packed

ROWS = 32


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
    pieces = large_pieces(probability >= decoding.nucleus, decoding.min_area_px)
    edges = edge_strength(distances, decoding.sobel_px)
    np.copyto(edges, 1, where=pieces == 0)
    seeds = large_pieces(_seed_mask(edges < decoding.edge), decoding.min_area_px)
    labels = _one_seed(pieces, seeds)
    if labels.min() < 0:
        _flood(labels, seeds, edges, pieces)
    return labels


def _flood(labels: np.ndarray, seeds: np.ndarray, edges: np.ndarray, pieces: np.ndarray) -> None:
    """Give the pixels of label −1 the seed that the watershed takes them to."""
    at = np.flatnonzero(labels < 0)
    # A small part of the field, laid out close to each other.
    to, shape = packed(pieces.ravel()[at], *np.divmod(at, edges.shape[1]))
    markers = np.full(shape, -1, np.int32)
    markers.ravel()[to] = labels.ravel()[at] = seeds.ravel()[at]
    # Nothing spreads from pixels whose four neighbours belong to the same seed, or to no nucleus.
    spreads = (markers == 0) | ~_enclosed(markers)
    still = spreads.ravel()[to]
    at, to = at[still], to[still]
    height, mask = np.zeros(shape), np.zeros(shape, bool)
    height.ravel()[to], mask.ravel()[to] = _heights(edges, at), True
    labels.ravel()[at] = watershed(height, markers, mask=mask).ravel()[to]


def large_pieces(mask: np.ndarray, least_px: int) -> np.ndarray:
    """Return the labels of pieces of a mask that have at least so many pixels, int32 (Y, X)."""
    labels, count = ndimage.label(mask)
    inside = np.flatnonzero(mask)
    ids = labels.ravel()[inside]
    small = np.bincount(ids, minlength=count + 1) < least_px
    if small[1:].any():
        labels.ravel()[inside[small[ids]]] = 0
    found: np.ndarray = labels
    return found


def edge_strength(distances: np.ndarray, sobel_px: int) -> np.ndarray:
    """Return how steeply distances fall, as they do between nuclei, float32 (Y, X) in [0, 1]."""
    smooth, slope = sobel_taps(sobel_px)

    def ascent(plane: np.ndarray, along: int) -> np.ndarray:
        return to_unit(filtered(filtered(to_unit(plane), slope, along), smooth, 1 - along))

    # NumPy lets others work meanwhile: the two directions in as many threads.
    with ThreadPoolExecutor(2) as pool:
        lowest = np.minimum(*pool.map(ascent, distances, (1, 0)))
    strength: np.ndarray = np.float32(1) - lowest
    return strength


def sobel_taps(size_px: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
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
    low, high = float(values.min()), float(values.max())
    scale = 1 / (high - low) if high - low > np.finfo(np.float64).eps else 0.0
    unit = np.empty(values.shape, np.float32)
    # Some rows at a time: what is computed of them stays in the cache.
    for first in range(0, len(values), ROWS):
        rows = slice(first, first + ROWS)
        unit[rows] = values[rows] * scale - low * scale
    return unit


def _seed_mask(seeds: np.ndarray) -> np.ndarray:
    """Return what separates no nuclei, with its holes filled, rounded, bool (Y, X)."""
    ground, count = ndimage.label(~seeds)
    border = np.concatenate([ground[0], ground[-1], ground[:, 0], ground[:, -1]])
    hole = np.ones(count + 1, bool)
    hole[border] = False
    hole[0] = False
    filled = seeds | hole[ground] if hole.any() else seeds
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


def _one_seed(pieces: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Return the seed of each pixel's piece, int32 (Y, X): 0 where it has none, −1 where several.

    A piece with one seed is flooded from it, whatever its height.
    """
    both = np.flatnonzero((seeds > 0) & (pieces > 0))
    piece, seed = pieces.ravel()[both], seeds.ravel()[both]
    # One of each run along a row is enough to know which seeds a piece has.
    first = np.ones(len(both), bool)
    first[1:] = (piece[1:] != piece[:-1]) | (seed[1:] != seed[:-1])
    count = int(seed.max(initial=0)) + 1
    piece, seed = np.divmod(np.unique(piece[first].astype(np.int64) * count + seed[first]), count)
    of_piece = np.zeros(int(pieces.max(initial=0)) + 1, np.int32)
    of_piece[piece] = seed
    of_piece[piece[1:][piece[1:] == piece[:-1]]] = -1
    labels, inside = np.zeros_like(pieces), np.flatnonzero(pieces > 0)
    labels.ravel()[inside] = of_piece.take(pieces.ravel()[inside])
    return labels


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
