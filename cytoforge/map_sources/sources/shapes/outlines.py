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


def radii(coefficients: np.ndarray, origin: np.ndarray | None = None) -> np.ndarray:
    """Return how far outlines reach in each direction, float32 (n, ANGLES), px.

    Direction j is 2π j / ANGLES from x to y. Where a ray leaves an outline and enters it again, it
    is the length inside: radii where the outline turns with the ray less those where it turns
    against it. So areas are kept, as nearly as an outline seen from one point can.

    origin : complex128 (n,), x + iy of that point from the outlines' place. None: the place itself
    """
    n, samples = len(coefficients), 2 * ANGLES
    padded = np.zeros((n, samples), np.complex128)
    padded[:, FREQUENCIES] = coefficients
    points = np.fft.ifft(padded, axis=1) * samples
    if origin is not None:
        points = points - origin[:, None]
    points = np.concatenate([points, points[:, :1]], 1)
    turn = np.floor(np.unwrap(np.angle(points), axis=1) * (ANGLES / (2 * np.pi))).astype(np.int64)
    passed = np.diff(turn)  # (n, samples): directions passed, signed
    length = (np.abs(points[:, 1:]) + np.abs(points[:, :-1])) / 2
    # One entry per direction that a step passes: the nth beyond where it begins.
    row, at = np.nonzero(passed)
    steps = passed[row, at]
    times = np.abs(steps)
    nth = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    first = np.where(steps > 0, turn[row, at] + 1, turn[row, at])
    sense = np.repeat(np.sign(steps), times)
    direction = (np.repeat(first, times) + sense * nth) % ANGLES
    weight = sense * np.repeat(length[row, at], times)
    reach = np.bincount(np.repeat(row, times) * ANGLES + direction, weight, n * ANGLES)
    return np.maximum(reach.reshape(n, ANGLES), 0.5).astype(np.float32)
