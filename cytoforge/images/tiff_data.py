"""Read the pixels of a part of a TIFF series, and check first that the file holds them all."""

from collections.abc import Sequence
from math import prod
from struct import calcsize, unpack

import numpy as np
import tifffile

from cytoforge.errors import UserError

Page = tifffile.TiffPage | tifffile.TiffFrame
Index = tuple[int | slice, ...]


def check_chain(path: str, tiff: tifffile.TiffFile) -> None:
    """Follow the chain of pages to its end: each page's directory names the place of the next.

    tifffile logs a chain that leads out of the file and goes on with the pages it has, as if the
    others had never been.

    Raises
    ------
    UserError : the chain leaves the file or runs in a circle
    """
    layout, file = tiff.tiff, tiff.filehandle
    position, seen = 4 if layout.version == 42 else 8, set[int]()  # BigTIFF is version 43

    def number(at: int, code: str) -> int:
        file.seek(at)
        data = file.read(calcsize(code))
        if len(data) < calcsize(code):
            raise _truncated(path, f"{file.size:,} bytes; page {len(seen)} lies beyond")
        return int(unpack(code, data)[0])

    # NDPI keeps 64-bit places in a 32-bit layout of its own.
    while not tiff.is_ndpi and (page := number(position, layout.offsetformat)):
        if page in seen:
            raise UserError(path, "a list of pages", "a circle of pages", "export it again")
        seen.add(page)
        tags = number(page, layout.tagnoformat)
        position = page + layout.tagnosize + tags * layout.tagsize


def read_series(path: str, series: tifffile.TiffPageSeries, index: Index) -> np.ndarray:
    """Return `series.asarray()[index]`, reading only the pages needed.

    A time series makes one job a plane; each reading the whole stack would cost the square of
    its length.

    Parameters
    ----------
    index : an int or `slice(None)` for each axis of the series

    Raises
    ------
    UserError : the file ends before its pixels do
    """
    page = series.keyframe
    lead = series.ndim - len(page.shape)
    if lead < 0 or series.shape[lead:] != page.shape:
        _whole_pages(path, list(series.pages))
        return series.asarray()[index]
    if series.dataoffset is not None:
        return _read_contiguous(path, series, series.dataoffset, index)
    numbers = np.arange(prod(series.shape[:lead])).reshape(series.shape[:lead])[index[:lead]]
    if numbers.max(initial=0) >= len(series.pages):
        raise _truncated(path, f"{len(series.pages)} of {numbers.max() + 1} pages")
    pages = _whole_pages(path, [series.pages[int(number)] for number in numbers.ravel()])
    planes = [page.asarray()[index[lead:]] for page in pages]
    return np.stack(planes).reshape(*numbers.shape, *planes[0].shape)


def _read_contiguous(
    path: str, series: tifffile.TiffPageSeries, start: int, index: Index
) -> np.ndarray:
    """Read from one uncompressed block; ImageJ writes large stacks with a header of one page."""
    page = series.keyframe
    dtype = np.dtype(page.dtype)
    size = page.parent.filehandle.size
    end = start + prod(series.shape) * dtype.itemsize
    if end > size:
        raise _truncated(path, f"{size:,} bytes, where the pixels end at {end:,}")
    stored = dtype.newbyteorder(page.parent.byteorder)
    block = np.memmap(page.parent.filehandle.path, stored, "r", start, series.shape)
    return np.array(block[index], dtype=dtype)


def _whole_pages(path: str, pages: Sequence[Page | None]) -> list[Page]:
    """Return the pages, all there; tifffile would fill missing ones with zeros: black cells."""
    whole = []
    for number, page in enumerate(pages):
        if page is None:
            raise _truncated(path, f"no page {number}")
        size = page.parent.filehandle.size
        segments = zip(page.dataoffsets, page.databytecounts, strict=False)
        end = max((offset + count for offset, count in segments), default=0)
        if end > size:
            raise _truncated(path, f"{size:,} bytes, where the pixels end at {end:,}")
        whole.append(page)
    return whole


def _truncated(path: str, found: str) -> UserError:
    return UserError(path, "a whole TIFF", f"a truncated file: {found}", "copy the file again")
