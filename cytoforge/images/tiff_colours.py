"""Colours of a TIFF: which are grey values or RGB, which become so, and which are refused."""

import numpy as np
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.ycbcr import coding_of, is_stored_ycbcr, to_rgb

PHOTOMETRIC = tifffile.PHOTOMETRIC
COLOUR = (PHOTOMETRIC.RGB, PHOTOMETRIC.YCBCR)
# With MINISWHITE the stored values are kept, as ImageJ does: inverting is a choice of display.
GREY = (PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.MINISWHITE)
# Programs of microscopes, whose look-up tables colour grey values for display.
_MICROSCOPES = (
    *("imagej", "ome", "stk", "metaseries", "micromanager", "fluoview", "lsm", "sis", "nih"),
    *("scanimage", "fei", "sem", "tvips", "andor", "mediacy"),
)


def check_colours(path: str, tiff: tifffile.TiffFile, page: tifffile.TiffPage) -> None:
    """Refuse a page whose stored values are neither grey nor can become RGB.

    Raises
    ------
    UserError : CMYK, CIELAB, ..., and palettes whose values are names of colours
    """
    if page.photometric in (*COLOUR, *GREY):
        return
    palette = page.photometric == PHOTOMETRIC.PALETTE
    if palette and (_of_microscope(tiff) or _is_ramp(page.colormap)):
        return
    kind = getattr(page.photometric, "name", page.photometric)
    raise UserError(path, "grey values or RGB", f"{kind} colours", "export it as grey or RGB")


def as_rgb(path: str, page: tifffile.TiffPage, pixels: np.ndarray) -> np.ndarray:
    """Return pixels, (C, Y, X), with every Y, Cb and Cr as red, green and blue.

    Parameters
    ----------
    pixels : samples of a pixel beside each other along the first axis; others pass as they are
    """
    samples = page.samplesperpixel
    if not is_stored_ycbcr(page) or len(pixels) % samples:
        return pixels
    coding = coding_of(path, page)
    rgb = pixels if pixels.flags.writeable else pixels.copy()
    for first in range(0, len(rgb), samples):
        to_rgb(rgb[first : first + 3], coding)
    return rgb


def _of_microscope(tiff: tifffile.TiffFile) -> bool:
    return any(getattr(tiff, f"is_{name}") for name in _MICROSCOPES)


def _is_ramp(colours: np.ndarray | None) -> bool:
    """Return whether a colour table, (3, n) uint16, shows higher values brighter, in one colour.

    Grey, green or magenta ramps are look-up tables of a display; in an indexed picture, values
    are names.
    """
    if colours is None:
        return False
    table = np.asarray(colours).astype(np.int64)
    brightest = table.max(0)
    if brightest[-1] == 0 or (table[:, 0] > 0).any() or (np.diff(table, axis=1) < 0).any():
        return False
    # One hue: each channel is the same ramp times a constant, but for rounding to 8 bits.
    shares = table[:, -1:] / brightest[-1]
    return bool(np.abs(table - shares * brightest).max() <= 257)
