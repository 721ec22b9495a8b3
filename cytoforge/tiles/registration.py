"""Lay one image of a pair onto the other: turned and moved, never stretched.

Consecutive sections of a tissue lie on their slides turned and moved, and are cut and stained
apart: after this they match up to what the sections themselves do not share, which the residual
tells.

Translation by phase correlation (Kuglin and Hines 1975): the phase of the product of two spectra is
that of a shift alone. Rotation the same way (Reddy and Chatterji 1996): the magnitude of a spectrum
does not move with its image but turns with it, so in polar coordinates a rotation is a shift.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage
from skimage.registration import phase_cross_correlation

from cytoforge.errors import UserError

LONGEST_PX = 512  # side of the reduced images in which the rotation is found
MOST_DEGREES = 15.0
FINE = 10  # parts of a pixel
PATCHES = 4  # along each axis, of which the residual is the median shift


@dataclass(frozen=True)
class Placed:
    """How an image was laid onto another: turned about its centre, then moved.

    Attributes
    ----------
    degrees : counter-clockwise on the page
    down_px, right_px : in pixels of the image
    residual_px : median length of the shift that is left between patches of both
    correlation : of the two brightnesses where both are known, before and after: (before, after)
    """

    degrees: float
    down_px: float
    right_px: float
    residual_px: float
    correlation: tuple[float, float]


def place(fixed: np.ndarray, moving: np.ndarray) -> Placed:
    """Find how `moving` lies on `fixed`, brightness (Y, X) of one shape.

    Rotations beyond `MOST_DEGREES` are not looked for: a section that is turned further belongs
    turned by hand, and its spectrum is as like that of a wrong angle.
    """
    step = -(-max(fixed.shape) // LONGEST_PX)
    small = [_reduced(image, step) for image in (fixed, moving)]
    found = _degrees(*small)
    turned = _turned_and_moved(small[1], found, (0.0, 0.0))
    coarse = _shift(small[0], turned) * step
    whole = _turned_and_moved(moving, found, tuple(coarse))
    fine = _shift(fixed, whole)
    moved = (round(float(coarse[0] + fine[0]), 1), round(float(coarse[1] + fine[1]), 1))
    before = _correlation(fixed, moving, np.ones(fixed.shape, bool))
    laid = _turned_and_moved(moving, found, moved)
    known = known_pixels(fixed.shape, found, moved)
    after = _correlation(fixed, laid, known)
    if after <= before:  # nothing was found: what is there is nearer than what it would become
        return Placed(0.0, 0.0, 0.0, _residual(fixed, moving), (before, before))
    return Placed(found, *moved, _residual(fixed, laid), (before, after))


def laid(pixels: np.ndarray, placed: Placed) -> tuple[np.ndarray, np.ndarray]:
    """Return channels (C, Y, X) as they lie on the other image, in their own type, and which pixels
    (Y, X) come from inside the image."""
    moved = (placed.down_px, placed.right_px)
    if (placed.degrees, *moved) == (0.0, 0.0, 0.0):
        return pixels, np.ones(pixels.shape[1:], bool)
    kind, limits = pixels.dtype, None
    if np.issubdtype(kind, np.integer):
        limits = np.iinfo(kind).min, np.iinfo(kind).max
    turned = [
        _turned_and_moved(channel.astype(np.float32), placed.degrees, moved) for channel in pixels
    ]
    stacked = np.stack(turned)
    if limits is not None:
        stacked = np.rint(stacked).clip(*limits)
    return stacked.astype(kind), known_pixels(pixels.shape[1:], placed.degrees, moved)


def laid_labels(labels: np.ndarray, placed: Placed) -> np.ndarray:
    """Return instance labels (Y, X) as they lie on the other image, 0 where that shows more."""
    moved = (placed.down_px, placed.right_px)
    if (placed.degrees, *moved) == (0.0, 0.0, 0.0):
        return labels
    # Whole numbers to 2^53: ids stay what they are.
    turned = _turned_and_moved(labels.astype(np.float64), placed.degrees, moved, 0.0, order=0)
    return turned.astype(labels.dtype)


def known_pixels(shape: tuple[int, ...], degrees: float, moved: tuple[float, float]) -> np.ndarray:
    """Return where a turned and moved image has pixels of its own, bool (Y, X)."""
    inside = np.ones((shape[0], shape[1]), np.float32)
    return _turned_and_moved(inside, degrees, moved, fill=0.0) > 0.999


def _turned_and_moved(
    image: np.ndarray,
    degrees: float,
    moved: tuple[float, ...],
    fill: float | None = None,
    order: int = 1,
) -> np.ndarray:
    """Return the image turned about its centre, then moved down and right; linear in between, or
    with an `order` of 0 the nearest pixel."""
    angle = np.deg2rad(degrees)
    # Output row and column → those of the input: moved back, then turned back.
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = (np.array(image.shape) - 1) / 2
    offset = centre - back @ (centre + np.asarray(moved))
    mode = "nearest" if fill is None else "constant"
    found: np.ndarray = ndimage.affine_transform(
        image, back, offset, order=order, mode=mode, cval=fill or 0.0
    )
    return found


def _reduced(image: np.ndarray, step: int) -> np.ndarray:
    smooth = ndimage.uniform_filter(image.astype(np.float32), step)
    return smooth[::step, ::step]


def _degrees(fixed: np.ndarray, moving: np.ndarray) -> float:
    """Return by how much `moving` is to be turned, of −`MOST_DEGREES` to `MOST_DEGREES`."""
    one, other = (_polar_spectrum(image) for image in (fixed, moving))
    spectrum = np.fft.rfft2(one) * np.conj(np.fft.rfft2(other))
    peaks = np.fft.irfft2(spectrum / np.maximum(np.abs(spectrum), 1e-12), s=one.shape)[:, 0]
    angles = np.fft.fftfreq(len(peaks)) * 180
    peaks = ndimage.gaussian_filter1d(peaks, 1.0, mode="wrap")
    allowed = np.abs(angles) <= MOST_DEGREES
    return -float(angles[allowed][np.argmax(peaks[allowed])])


def _polar_spectrum(image: np.ndarray) -> np.ndarray:
    """Return the magnitude of the spectrum, (angles of half a turn, radii), without its slope."""
    window = np.outer(np.hanning(image.shape[0]), np.hanning(image.shape[1]))
    side = max(image.shape)
    magnitude = np.fft.fftshift(np.abs(np.fft.fft2((image - image.mean()) * window, (side, side))))
    angles = np.arange(0, 180, 0.25) * np.pi / 180
    radii = np.linspace(side / 32, side / 3, side // 3)
    rows = side // 2 + np.outer(np.sin(angles), radii)
    cols = side // 2 + np.outer(np.cos(angles), radii)
    polar = np.log1p(ndimage.map_coordinates(magnitude, [rows, cols], order=1))
    flat: np.ndarray = polar - polar.mean(axis=0)
    return flat


def _shift(fixed: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """Return by how much `moving` is to be moved down and right, to a tenth of a pixel.

    By phase alone, and by the plain product of the spectra, which is surer where an image has no
    fine detail: the better of the two.
    """
    found = [
        phase_cross_correlation(fixed, moving, upsample_factor=FINE, normalization=kind)[0]
        for kind in ("phase", None)
    ]
    likeness = [_moved_likeness(fixed, moving, shift) for shift in found]
    best: np.ndarray = found[int(np.argmax(likeness))]
    return best


def _moved_likeness(fixed: np.ndarray, moving: np.ndarray, shift: np.ndarray) -> float:
    """Return the correlation of what two images have in common after a move by whole pixels."""
    down, right = (round(float(px)) for px in shift)
    height, width = fixed.shape
    one = fixed[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
    other = moving[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
    if one.size < fixed.size / 4:
        return -1.0
    return _correlation(one, other, np.ones(one.shape, bool))


def _residual(fixed: np.ndarray, moving: np.ndarray) -> float:
    """Return the median length of the shifts of patches, leaving out those with nothing in them.

    Raises UserError where none has anything."""
    rows, cols = (np.linspace(0, side, PATCHES + 1).astype(int) for side in fixed.shape)
    boxes = [np.s_[r0:r1, c0:c1] for r0, r1 in pairwise(rows) for c0, c1 in pairwise(cols)]
    spread = [float(fixed[box].std()) for box in boxes]
    worth = [
        box
        for box, sd in zip(boxes, spread, strict=True)
        if sd >= np.median(spread) and min(sd, float(moving[box].std())) > 0
    ]
    if not worth:
        raise UserError(
            "registration", "structure that both images show", "patches of one grey value each",
            "leave `register` out, or the pair",
        )  # fmt: skip
    return float(np.median([np.hypot(*_shift(fixed[box], moving[box])) for box in worth]))


def _correlation(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> float:
    if not where.any():
        return 0.0
    a, b = (image[where].astype(np.float64) for image in (one, other))
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((a * a).mean() * (b * b).mean()))
    return float((a * b).mean()) / spread if spread else 0.0
