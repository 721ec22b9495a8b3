"""YCbCr colours of a TIFF as RGB, as TIFF 6.0 (1992), section 21, converts them.

JPEG decoders convert by themselves; LZW, deflate, PackBits, no compression and Aperio's JPEG 2000
(33003) leave the stored Y, Cb and Cr.
"""

from dataclasses import dataclass
from numbers import Real

import numpy as np
import tifffile

from cytoforge.errors import UserError

COMPRESSION = tifffile.COMPRESSION
# Streams of these name their colours themselves and are decoded to RGB.
_CONVERTED_BY_DECODER = {
    *(COMPRESSION.OJPEG, COMPRESSION.JPEG, COMPRESSION.ALT_JPEG, COMPRESSION.JPEG_LOSSY),
    *(COMPRESSION.WEBP, COMPRESSION.WEBP_DEPRECATED),
    *(COMPRESSION.JPEGXL, COMPRESSION.JPEGXL_DNG, COMPRESSION.APERIO_JP2000_RGB),
}
_JPEG_2000 = {
    *(COMPRESSION.APERIO_JP2000_YCBC, COMPRESSION.APERIO_JP2000_RGB),
    *(COMPRESSION.JPEG_2000_LOSSY, COMPRESSION.JPEG2000),
}
_SYCC = (18).to_bytes(4, "big")
# Headers and boxes before a stream take far less.
_HEAD_BYTES = 65_536
# Rows that are converted at once: their float values take 12 times the memory of 8 bits.
_ROWS = 256


def is_stored_ycbcr(page: tifffile.TiffPage) -> bool:
    """Return whether the page's decoded samples are Y, Cb and Cr, whatever it says they are."""
    if page.samplesperpixel < 3:
        return False
    # A decoder that sees one plane at a time converts nothing.
    together = page.planarconfig == tifffile.PLANARCONFIG.CONTIG
    if together and page.compression in _JPEG_2000 and _decoder_converts(_head(page)):
        return False
    if page.compression == COMPRESSION.APERIO_JP2000_YCBC:
        return True
    ycbcr = page.photometric == tifffile.PHOTOMETRIC.YCBCR
    return bool(ycbcr and not (together and page.compression in _CONVERTED_BY_DECODER))


def _head(page: tifffile.TiffPage) -> bytes:
    """Return the beginning of the first strip or tile."""
    if not page.dataoffsets:
        return b""
    file = page.parent.filehandle
    file.seek(page.dataoffsets[0])
    head: bytes = file.read(min(page.databytecounts[0], _HEAD_BYTES))
    return head


def _decoder_converts(stream: bytes) -> bool:
    """Return whether OpenJPEG makes RGB of a JPEG 2000 stream by itself.

    It does so where Cb and Cr have fewer pixels than Y, which it takes for a sign of YCbCr, and
    where a JP2 file around the stream names the colours sYCC (ISO 15444-1, I.5.3.3).
    """
    start = stream.find(b"\xff\x4f\xff\x51")
    # After marker, length and capabilities: eight sizes, the number of components, and for each of
    # these its depth and how many pixels of the picture one of its own spans across and down.
    component = start + 42 + 3
    if start >= 0 and stream[component + 1 : component + 3] not in (b"\1\1", b""):
        return True
    box = stream.find(b"colr", 0, max(start, 0))
    return box >= 0 and stream[box + 4] == 1 and stream[box + 7 : box + 11] == _SYCC


@dataclass(frozen=True)
class Coding:
    """How Y, Cb and Cr are stored.

    Attributes
    ----------
    luma : shares of red, green and blue in Y (tag YCbCrCoefficients)
    reference : codes of black and white of Y, Cb and Cr (tag ReferenceBlackWhite)
    maximum : of the type, e.g. 255
    """

    luma: tuple[float, ...]
    reference: tuple[float, ...]
    maximum: int


def coding_of(path: str, page: tifffile.TiffPage) -> Coding:
    """Return the page's coding: its tags, or ITU-R BT.601 in the type's full range.

    The default of ReferenceBlackWhite (TIFF 6.0, section 20: black is 0) is "inappropriate" for Cb
    and Cr, as section 21 says: it must be stated there, and where it is not, full range is meant.

    Raises
    ------
    UserError : tags that describe no colours, or those of another type, or samples that are no
        integers
    """
    maximum, middle = 2**page.bitspersample - 1, 2 ** (page.bitspersample - 1)
    full = (0.0, maximum, middle, maximum, middle, maximum)
    luma = _numbers(page.tags.get("YCbCrCoefficients"), (0.299, 0.587, 0.114))
    reference = _numbers(page.tags.get("ReferenceBlackWhite"), full)
    possible = _are_shares(luma) and _is_range(reference, maximum)
    if not possible or np.dtype(page.dtype).kind != "u":
        raise UserError(
            path,
            "YCbCr colours that can be converted: coefficients whose sum is 1, black and white "
            f"between 0 and {maximum:,}, black of Cb and Cr in their middle",
            f"coefficients {luma}, black and white {reference}, type {page.dtype}",
            "export it as RGB",
        )
    return Coding(luma, reference, maximum)


def _are_shares(luma: tuple[float, ...]) -> bool:
    """Return whether these are proportions of red, green and blue; by green's is divided."""
    return min(luma) >= 0 and luma[1] > 0 and abs(sum(luma) - 1) < 0.01


def _is_range(reference: tuple[float, ...], maximum: int) -> bool:
    """Return whether codes of black and white can be those of a type.

    Whites of 8 bits in a file of 16 would make nearly everything white.
    """
    blacks, whites = np.array(reference[::2]), np.array(reference[1::2])
    within = (blacks >= 0) & (blacks < whites) & (whites <= maximum + 1)
    signed = blacks[1:] > whites[1:] / 4  # half of it, give or take head room
    return bool(within.all() and signed.all() and whites.min() * 256 > maximum)


def to_rgb(planes: np.ndarray, coding: Coding) -> None:
    """Put red, green and blue where Y, Cb and Cr were.

    Parameters
    ----------
    planes : (3, Y, X), uint8 or uint16; changed in place, since slides fill the memory
    """
    red_share, green_share, blue_share = coding.luma
    for top in range(0, planes.shape[1], _ROWS):
        rows = planes[:, top : top + _ROWS]
        luma, blueness, redness = (
            _full_range(codes, coding, index) for index, codes in enumerate(rows)
        )
        red = luma + redness * (2 - 2 * red_share)
        blue = luma + blueness * (2 - 2 * blue_share)
        green = (luma - blue_share * blue - red_share * red) / green_share
        for target, colour in zip(rows, (red, green, blue), strict=True):
            target[...] = np.clip(np.rint(colour), 0, coding.maximum)


def _full_range(codes: np.ndarray, coding: Coding, index: int) -> np.ndarray:
    """Return the values that codes stand for: Y from 0 to the maximum, Cb and Cr around 0."""
    black, white = coding.reference[2 * index : 2 * index + 2]
    reach = coding.maximum if index == 0 else coding.maximum // 2
    values: np.ndarray = (codes.astype(np.float32) - black) * (reach / (white - black))
    return values


def _numbers(tag: tifffile.TiffTag | None, default: tuple[float, ...]) -> tuple[float, ...]:
    """Return a tag's numbers, fractions as such; NaN for what is none."""
    if tag is None:
        return default
    values = tag.value if isinstance(tag.value, tuple) else (tag.value,)
    if tag.dtype == tifffile.DATATYPE.RATIONAL:
        pairs = zip(values[::2], values[1::2], strict=False)
        values = tuple(above / below if below else float("nan") for above, below in pairs)
    right = len(values) == len(default) and all(isinstance(value, Real) for value in values)
    return tuple(map(float, values)) if right else (float("nan"),) * len(default)
