"""Outlines as Fourier descriptors: from label maps to coefficients, and back to radii.

A closed outline is z(t) = x + iy = Σ c_k exp(ikt), with t along its length (Zahn and Roskies 1972,
10.1109/TC.1972.5008949, of the curve itself as in Granlund 1972, 10.1109/TC.1972.5008926). c_0, the
place, is left out; k = ±1 is an ellipse.
"""

import numpy as np

from cytoforge.segmentation.borders import polygons

# Sixteen complex coefficients, k = -8 … -1 and 1 … 8.
ORDER = 8
FREQUENCIES = np.array([*range(-ORDER, 0), *range(1, ORDER + 1)])
# Corners of an outline are joined by straight lines, which are measured at this many places.
_SAMPLES = 128
# Directions in which radii are taken: an arc of a pixel at 20 px from the centre.
ANGLES = 128


def outlines(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids of the objects of a label map and the coefficients of their outlines.

    Of an object in several pieces it is the outline of the longest border. Coefficients are in px;
    those of k > 0 turn from x to y.

    Returns
    -------
    int64 (n,), complex128 (n, 16)
    """
    found = polygons(labels)
    longest = [max(rings, key=len) for rings in found.values()]
    descriptors = [_descriptors(ring.astype(np.float64)) for ring in longest]
    shape = (len(found), len(FREQUENCIES))
    return np.array(list(found), np.int64), np.array(descriptors, np.complex128).reshape(shape)


def _descriptors(corners: np.ndarray) -> np.ndarray:
    """Return the coefficients of a polygon, corners x and y (n, 2), complex128 (16,)."""
    points = corners[:, 0] + 1j * corners[:, 1]
    # Between middles of edges: the staircase of pixels becomes a line.
    middles = (points + np.roll(points, -1)) / 2
    steps = np.abs(np.diff(middles, append=middles[:1]))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.arange(_SAMPLES) / _SAMPLES * along[-1]
    closed = np.append(middles, middles[0])
    samples = np.interp(at, along, closed.real) + 1j * np.interp(at, along, closed.imag)
    coefficients: np.ndarray = (np.fft.fft(samples) / _SAMPLES)[FREQUENCIES]
    return coefficients


def areas(coefficients: np.ndarray) -> np.ndarray:
    """Return the areas that outlines enclose, px² (n,): π Σ k |c_k|², by Green's theorem."""
    return np.pi * (np.abs(coefficients) ** 2 @ FREQUENCIES)


def orientations(coefficients: np.ndarray) -> np.ndarray:
    """Return the direction of the long axis of the ellipse in outlines, radians (n,), 0 to π."""
    first, back = coefficients[:, ORDER], coefficients[:, ORDER - 1]
    return ((np.angle(first) + np.angle(back)) / 2) % np.pi


def upright(coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return outlines turned so that their long axis lies along x and t begins there, and the
    angles by which `turned` brings them back, radians (n,).

    Of the two ways up, that with more of the outline (the second harmonic) on the right.
    """
    first, back = np.angle(coefficients[:, ORDER]), np.angle(coefficients[:, ORDER - 1])
    angle, start = (first + back) / 2, (back - first) / 2
    shifted = coefficients * np.exp(1j * FREQUENCIES * start[:, None] - 1j * angle[:, None])
    flipped = shifted[:, ORDER + 1].real < 0
    # A half turn: c_k (-1)^(k + 1).
    shifted[flipped] *= np.where(FREQUENCIES % 2 == 0, -1, 1)
    return shifted, np.where(flipped, angle + np.pi, angle)


def turned(coefficients: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Return outlines turned about their place by angles (n,) in radians, from x to y."""
    turned_: np.ndarray = coefficients * np.exp(1j * angles[:, None])
    return turned_


def radii(coefficients: np.ndarray) -> np.ndarray:
    """Return how far outlines reach from their place in each direction, float32 (n, ANGLES).

    Direction j is 2π j / ANGLES from x to y. Where an outline passes a direction several times, the
    farthest counts: outlines are taken as seen from their centre.
    """
    n = len(coefficients)
    padded = np.zeros((n, 4 * ANGLES), np.complex128)
    padded[:, FREQUENCIES] = coefficients
    points = np.fft.ifft(padded, axis=1) * padded.shape[1]  # (n, 4 ANGLES)
    bins = np.rint(np.angle(points) / (2 * np.pi) * ANGLES).astype(np.int64) % ANGLES
    flat = np.zeros(n * ANGLES)
    np.maximum.at(flat, (bins + ANGLES * np.arange(n)[:, None]).ravel(), np.abs(points).ravel())
    return np.maximum(_filled(flat.reshape(n, ANGLES)), 0.5).astype(np.float32)


def _filled(found: np.ndarray) -> np.ndarray:
    """Return radii with directions in which no point lay taken from the neighbours."""
    while (empty := found == 0).any():
        before, after = np.roll(found, 1, 1), np.roll(found, -1, 1)
        count = (before > 0).astype(int) + (after > 0)
        filled = np.divide(before + after, count, out=np.zeros_like(found), where=count > 0)
        if not filled[empty].any():
            found[(found == 0).all(1)] = 0.5
            continue
        found = np.where(empty, filled, found)
    return found
