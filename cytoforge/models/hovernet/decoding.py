"""HoVer-Net's maps as instances: the published steps, each of them for the whole field at once.

Equal to the public implementation's, which looks at the whole field once per nucleus.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.segmentation import watershed


@dataclass(frozen=True)
class HoVerDecoding:
    """How maps become nuclei; the published values.

    Attributes
    ----------
    nucleus : probability from which a pixel belongs to a nucleus
    edge : strength, 0 to 1, from which a pixel separates two nuclei
    sobel_px : side of the kernel that finds edges, in a picture 40 times enlarged
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
    pieces = _large(ndimage.label(probability >= decoding.nucleus)[0], decoding.min_area_px)
    mask = pieces > 0
    edges = np.maximum(0, edge_strength(distances, decoding.sobel_px) - ~mask)
    seeds = _large(ndimage.label(_seed_mask(mask, edges, decoding.edge))[0], decoding.min_area_px)
    several, labels = _one_seed(pieces, seeds)
    if several.any():
        height = -_blurred((1.0 - edges) * mask)
        flooded = watershed(height, np.where(several, seeds, 0), mask=several)
        labels[several] = flooded[several]
    return labels


def _one_seed(pieces: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where pieces hold several seeds, and the label of pieces that hold one.

    A piece with one seed is flooded from it, whatever its height; without one it is none.
    """
    count = int(pieces.max(initial=0)) + 1
    first, last = np.full(count, np.iinfo(np.int32).max), np.zeros(count, np.int64)
    at = np.flatnonzero(seeds)
    piece, seed = pieces.ravel()[at], seeds.ravel()[at]
    np.minimum.at(first, piece, seed)
    np.maximum.at(last, piece, seed)
    alone = np.where(first == last, last, 0).astype(np.int32)
    return (first < last)[pieces], alone[pieces]


def edge_strength(distances: np.ndarray, sobel_px: int) -> np.ndarray:
    """Return how steeply distances fall, as they do between nuclei, float32 (Y, X) in [0, 1]."""
    smooth, slope = sobel_lines(sobel_px)
    strength = np.zeros(distances.shape[1:], np.float32)
    for plane, along in ((distances[0], 1), (distances[1], 0)):
        unit = _to_unit(plane.astype(np.float32))
        found = ndimage.correlate1d(unit.astype(np.float64), slope, axis=along, mode="mirror")
        found = ndimage.correlate1d(found, smooth, axis=1 - along, mode="mirror")
        np.maximum(strength, 1 - _to_unit(found), out=strength)
    return strength


def sobel_lines(size_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the two factors of a Sobel kernel of any odd size: what smooths, and what differs.

    >>> [line.tolist() for line in sobel_lines(3)]
    [[1.0, 2.0, 1.0], [-1.0, 0.0, 1.0]]
    """
    smooth = np.poly1d([1.0, 1.0]) ** (size_px - 1)
    slope = np.poly1d([1.0, 1.0]) ** (size_px - 2) * np.poly1d([-1.0, 1.0])
    return smooth.coeffs, slope.coeffs


def _to_unit(values: np.ndarray) -> np.ndarray:
    """Return values scaled to [0, 1], float32; 0 where all are equal."""
    low, high = float(values.min()), float(values.max())
    scale = 1 / (high - low) if high - low > np.finfo(np.float64).eps else 0.0
    return (values * scale - low * scale).astype(np.float32)


def _seed_mask(mask: np.ndarray, edges: np.ndarray, limit: float) -> np.ndarray:
    """Return nuclei without what separates them, holes filled, rounded, bool (Y, X)."""
    seeds = mask & (edges < limit)
    outside, _ = ndimage.label(~seeds)
    border = np.concatenate([outside[0], outside[-1], outside[:, 0], outside[:, -1]])
    open_ = np.zeros(int(outside.max(initial=0)) + 1, bool)
    open_[border] = True
    open_[0] = False
    filled = ~open_[outside]
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


def _blurred(height: np.ndarray) -> np.ndarray:
    """Return the 3 × 3 Gaussian of weights 1, 2, 1."""
    line = np.array([0.25, 0.5, 0.25])
    across = ndimage.correlate1d(height, line, axis=1, mode="mirror")
    blurred: np.ndarray = ndimage.correlate1d(across, line, axis=0, mode="mirror")
    return blurred


def _large(labels: np.ndarray, least_px: int) -> np.ndarray:
    """Return labels without the small ones; the others keep their ids."""
    kept = np.bincount(labels.ravel()) >= least_px
    return labels * kept[labels]
