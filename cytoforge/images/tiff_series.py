"""Which of a TIFF's images is the image, and which only go with it."""

import re

import tifffile

from cytoforge.errors import UserError

# As tifffile names the pages of a slide, and Bio-Formats and QuPath the images they make of them.
_BESIDE = ("label", "macro", "thumbnail", "overview")


def main_series(path: str, tiff: tifffile.TiffFile) -> tifffile.TiffPageSeries:
    """Return the file's image.

    Labels, macro photos and thumbnails of slides, reduced copies and masks go with it, whatever
    their size: a crop of a slide may be smaller than the photo of its glass. Other images count as
    such unless they are less than half as large.

    Raises
    ------
    UserError : several images
    """
    first, *others = [s for s in tiff.series if not _goes_with_it(tiff, s)] or tiff.series
    similar = [series for series in others if 2 * series.size >= first.size]
    if similar:
        raise UserError(
            path,
            "one image per file",
            f"{len(similar) + 1} images of shapes {first.shape}, {similar[0].shape}"
            + (", ..." if len(similar) > 1 else ""),
            "export each position or scene to its own file",
        )
    return first


def _goes_with_it(tiff: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> bool:
    name = series.name.casefold().strip()
    if name in _BESIDE or name.removesuffix(" image") in _BESIDE:
        return True
    if tiff.is_ndpi and name == "map":
        return True
    page = series.keyframe
    if tiff.is_svs and re.search(r"\n(label|macro)\b", page.description):
        return True
    return bool(page.is_reduced or page.is_mask)
