"""Open a TIFF and read pixels of a series; check first that the file holds them all, and that it
asks for no more memory than they need."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from struct import calcsize, unpack

import numpy as np
import tifffile

from cytoforge.errors import UserError
from cytoforge.images.limits import MAX_PLANES, check_stored
from cytoforge.images.memory_limit import memory_limit
from cytoforge.images.ome_xml import check_ome, parse_xml
from cytoforge.images.subsampled import is_subsampled, read_subsampled

Page = tifffile.TiffPage | tifffile.TiffFrame
Index = tuple[int | slice, ...]
# Address space is limited while pixels are decoded, and every thread takes 72 MB of it.
DECODING_THREADS = 4
# Streams of whole pictures that are no JPEG.
SUBSAMPLED_INSIDE = tifffile.TIFF.IMAGE_COMPRESSIONS - {6, 7, 33007, 34892}


@contextmanager
def open_tiff(path: str) -> Iterator[tifffile.TiffFile]:
    """Open a TIFF whose pages, metadata and series can be trusted to exist.

    Raises
    ------
    UserError : pages in a circle or beyond the file's end, too many of them, metadata that unfold
        to more than themselves, or an image spread over several files
    """
    with memory_limit():
        # Otherwise OME-XML could name any other file of the computer to be opened.
        tiff = tifffile.TiffFile(path, _multifile=False, is_ndtiff=False)
    with tiff:
        with memory_limit():
            check_chain(path, tiff)
            text = tiff.pages.first.description
            if tiff.is_ome:
                _check_ome(path, tiff)
            elif "<!DOCTYPE" in text:
                parse_xml(path, text)
            series = tiff.series
            if tiff.is_imagej:
                _check_imagej(path, tiff)
        if series[0].is_multifile:
            raise UserError(
                path, "an image in one file", "one spread over several", "export it as one file"
            )
        yield tiff


def _check_ome(path: str, tiff: tifffile.TiffFile) -> None:
    """Refuse OME-XML that must not be followed, or by which the planes cannot be put in order."""
    try:
        check_ome(path, tiff.pages.first.description)
        _ = tiff.series
    except (ValueError, KeyError) as error:
        raise UserError(
            path,
            "OME-XML that says how the planes are ordered",
            f"{type(error).__name__}: {error}; the pixels themselves may be whole",
            "export the file again, or save it without OME-XML",
        ) from error


def _check_imagej(path: str, tiff: tifffile.TiffFile) -> None:
    """Refuse a stack of ImageJ that ends early, of which tifffile would give the first plane.

    ImageJ writes large stacks with one directory, and all planes behind it (see
    `_read_contiguous`). A single plane may have kept the description of the stack it comes from;
    nothing follows its pixels but, where a directory does not come first, that.

    Raises
    ------
    UserError : more pixels than one plane's, and fewer than the description announces
    """
    page = tiff.pages.first
    if tiff.series[0].kind == "imagej" or tiff.pages.is_multipage or not page.is_contiguous:
        return
    size, end = tiff.filehandle.size, page.dataoffsets[0] + page.nbytes
    if page.offset < page.dataoffsets[0] and end < size:
        raise _truncated(path, f"{size:,} bytes, the first plane of ImageJ's stack ends at {end:,}")


def check_chain(path: str, tiff: tifffile.TiffFile) -> None:
    """Follow the chain of pages to its end: each page's directory names the place of the next.

    tifffile logs a chain that leads out of the file and goes on with the pages it has, as if the
    others had never been.

    Raises
    ------
    UserError : the chain leaves the file, runs in a circle or has more than 100,000 pages
    """
    layout, file = tiff.tiff, tiff.filehandle
    position, seen = 4 if layout.version == 42 else 8, set[int]()  # BigTIFF is version 43

    def number(at: int, code: str) -> int:
        file.seek(at)
        data = file.read(calcsize(code))
        if len(data) < calcsize(code):
            raise _truncated(path, f"{file.size:,} bytes; page {len(seen)} lies beyond")
        return int(unpack(code, data)[0])

    # NDPI keeps 64-bit offsets in a 32-bit layout of its own.
    while not tiff.is_ndpi and (page := number(position, layout.offsetformat)):
        if page in seen:
            raise UserError(path, "a list of pages", "a circle of pages", "export it again")
        if len(seen) == MAX_PLANES:
            raise UserError(path, f"at most {MAX_PLANES:,} pages", "more", "export single images")
        seen.add(page)
        tags = number(page, layout.tagnoformat)
        position = page + layout.tagnosize + tags * layout.tagsize


def read_series(path: str, series: tifffile.TiffPageSeries, index: Index) -> np.ndarray:
    """Return `series.asarray()[index]`, reading only the pages needed.

    A time series makes one job per plane; each reading the whole stack would cost the square of
    its length.

    Parameters
    ----------
    index : an int or `slice(None)` for each axis of the series

    Raises
    ------
    UserError : the file ends before its pixels do
    MemoryError : its compressed data ask for much more memory than the pixels have bytes
    """
    taken = (n for n, part in zip(series.shape, index, strict=True) if isinstance(part, slice))
    n_bytes = prod(taken) * np.dtype(series.dtype).itemsize
    # A block of pixels as they are is mapped whole, which takes addresses, not memory.
    mapped = 0 if series.dataoffset is None else series.keyframe.parent.filehandle.size
    with memory_limit(n_bytes + mapped):
        try:
            return _read(path, series, index)
        except (UserError, MemoryError):
            raise
        except Exception as error:  # decoders raise anything
            if reason := unsupported(series.keyframe):
                raise _unreadable(path, reason) from error
            raise


def _read(path: str, series: tifffile.TiffPageSeries, index: Index) -> np.ndarray:
    page = series.keyframe
    lead = series.ndim - len(page.shape)
    subsampled = is_subsampled(page)
    if page.compression in SUBSAMPLED_INSIDE:
        page.subsampling = (1, 1)  # tifffile would refuse others: the stream's decoder knows them
    if lead < 0 or series.shape[lead:] != page.shape:
        if subsampled:
            raise _unreadable(path, "subsampled YCbCr colours in a stack")
        _whole_pages(path, list(series.pages))
        return series.asarray(maxworkers=DECODING_THREADS)[index]
    if series.dataoffset is not None and not subsampled:
        return _read_contiguous(path, series, series.dataoffset, index)
    numbers = np.arange(prod(series.shape[:lead])).reshape(series.shape[:lead])[index[:lead]]
    if numbers.max(initial=0) >= len(series.pages):
        raise _truncated(path, f"{len(series.pages)} of {numbers.max() + 1} pages")
    pages = _whole_pages(path, [series.pages[int(number)] for number in numbers.ravel()])
    planes = [_pixels(path, page, subsampled)[index[lead:]] for page in pages]
    pixels = planes[0] if len(planes) == 1 else np.stack(planes)  # a slide is not copied
    return pixels.reshape(*numbers.shape, *planes[0].shape)


def _pixels(path: str, page: Page, subsampled: bool) -> np.ndarray:
    if subsampled:
        return read_subsampled(path, page)
    return page.asarray(maxworkers=DECODING_THREADS)


def unsupported(page: tifffile.TiffPage) -> str:
    """Return what no decoder here knows of a page, or an empty text.

    Not every page of which something is returned fails: JPEG of the old kind (1992), whose
    tables may stand anywhere in the file, is often readable.
    """
    kind = page.compression
    if kind == tifffile.COMPRESSION.OJPEG:
        return "JPEG compression of the old kind (TIFF 6.0 of 1992, compression 6)"
    if kind not in tifffile.TIFF.DECOMPRESSORS:
        return f"compression {getattr(kind, 'name', '')} ({int(kind)})".replace("  ", " ")
    if page.predictor not in tifffile.TIFF.UNPREDICTORS:
        return f"predictor {page.predictor}"
    if page.dtype is None or page.bitspersample not in (1, 2, 4, 8, 16, 32, 64):
        return f"values of {page.bitspersample} bits (sample format {page.sampleformat})"
    return ""


def _unreadable(path: str, what: str) -> UserError:
    return UserError(
        path,
        "a TIFF that this program can decode",
        f"{what}, which it cannot; the file need not be damaged",
        "save it without compression or with LZW, deflate or JPEG, e.g. in Fiji or with tiffcp",
    )


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
        keyframe = page.keyframe
        assert keyframe is not None, "a page of a series has the keyframe that describes it"
        declared, there = prod(keyframe.chunked), len(page.dataoffsets)
        if there < declared and not page.is_contiguous:
            raise _truncated(path, f"{there} of {declared:,} tiles or strips")
        size = page.parent.filehandle.size
        segments = zip(page.dataoffsets, page.databytecounts, strict=False)
        end = max((offset + count for offset, count in segments), default=0)
        if end > size:
            raise _truncated(path, f"{size:,} bytes, where the pixels end at {end:,}")
        check_stored(path, sum(page.databytecounts), page.nbytes)
        whole.append(page)
    return whole


def _truncated(path: str, found: str) -> UserError:
    return UserError(path, "a whole TIFF", f"a truncated file: {found}", "copy the file again")
