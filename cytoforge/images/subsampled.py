"""YCbCr pages that store fewer Cb and Cr than Y, and are no JPEG (TIFF 6.0, section 21)."""

from math import prod

import numpy as np
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.ycbcr import is_stored_ycbcr

# Where the tag is left out, and what it may say (TIFF 6.0, section 21).
_DEFAULT, _POSSIBLE = (2, 2), (1, 2, 4)
# Compressions whose streams hold whole pictures; their decoders know of subsampling.
_STREAMS = tifffile.TIFF.IMAGE_COMPRESSIONS


def is_subsampled(page: tifffile.TiffPage) -> bool:
    """Return whether tifffile cannot read the page for its subsampling, or for not saying it."""
    return bool(page.is_subsampled and is_stored_ycbcr(page) and page.compression not in _STREAMS)


def read_subsampled(path: str, stored: tifffile.TiffPage | tifffile.TiffFrame) -> np.ndarray:
    """Return Y, Cb and Cr, uint8 or uint16 of shape (Y, X, 3).

    The file holds for each block of pixels (2 × 2, for example) all Y row by row, one Cb and one
    Cr, which the block's pixels share. Blocks at the right and lower edge are stored whole. Pages
    may hold all Cb and Cr after all, whatever they say: their number of bytes tells.

    Raises
    ------
    UserError : a predictor, separate planes, blocks that TIFF does not know or other types than 8
        and 16 bits; too few bytes
    """
    page = stored.keyframe
    assert page is not None, "a page of a series has the keyframe that describes it"
    said = page.subsampling or _DEFAULT
    layout = (page.planarconfig, page.samplesperpixel, page.predictor, page.fillorder)
    if len(said) != 2 or not set(said) <= set(_POSSIBLE) or layout != (1, 3, 1, 1):
        raise UserError(
            path,
            "colours that this program reads",
            f"YCbCr with subsampling {said}, planar configuration {layout[0]}, {layout[1]} samples "
            f"per pixel, predictor {layout[2]}, fill order {layout[3]}",
            "export it as RGB",
        )
    height, width = page.chunks[:2]
    columns = page.chunked[1]
    dtype = np.dtype(page.dtype)
    picture = np.empty((page.imagelength, page.imagewidth, 3), dtype)
    for number in range(prod(page.chunked)):
        top, left = number // columns * height, number % columns * width
        target = picture[top : top + height, left : left + width]
        values = _segment(stored, page, number)
        # Tiles at an edge are stored whole, the last strip is not.
        stored_height = height if page.is_tiled else target.shape[0]
        shared = prod(_units(stored_height, width, said))
        whole = len(values) >= 3 * stored_height * width and len(values) != shared
        block = (1, 1) if whole else said
        units = _units(target.shape[0], width, block)
        if len(values) < prod(units):
            found = f"strip or tile {number} with {len(values):,} of {prod(units):,} values"
            raise UserError(path, "a whole TIFF", f"a truncated file: {found}", "copy it again")
        _place(target, values[: prod(units)].reshape(units), block)
    return picture


def _units(height: int, width: int, block: tuple[int, int]) -> tuple[int, int, int]:
    """Return rows and columns of blocks of a strip or tile, and the values of each."""
    return -(-height // block[1]), -(-width // block[0]), prod(block) + 2


def _segment(
    stored: tifffile.TiffPage | tifffile.TiffFrame, page: tifffile.TiffPage, number: int
) -> np.ndarray:
    """Return the decompressed values of a strip or tile, (n,)."""
    dtype, file = np.dtype(page.dtype), page.parent.filehandle
    file.seek(stored.dataoffsets[number])
    data = file.read(stored.databytecounts[number])
    if page.compression != tifffile.COMPRESSION.NONE:
        # Three whole planes, rounded up to blocks of 4 × 4, the largest there are.
        limit = 3 * prod(side + 3 for side in page.chunks[:2]) * dtype.itemsize
        data = tifffile.TIFF.DECOMPRESSORS[page.compression](data, out=limit)
    whole = len(data) // dtype.itemsize
    return np.frombuffer(data, dtype.newbyteorder(page.parent.byteorder), whole)


def _place(target: np.ndarray, units: np.ndarray, block: tuple[int, int]) -> None:
    """Spread blocks, (rows, columns, values), over the pixels of `target`, (Y, X, 3)."""
    across, down = block
    rows, columns = units.shape[:2]
    height, width = target.shape[:2]
    luma = units[..., :-2].reshape(rows, columns, down, across).swapaxes(1, 2)
    target[..., 0] = luma.reshape(rows * down, columns * across)[:height, :width]
    for index in (1, 2):
        colour = units[..., index - 3].repeat(down, 0).repeat(across, 1)
        target[..., index] = colour[:height, :width]
