"""Which of a TIFF's images is the image, which only go with it, and what OME-XML tells of it."""

import re
from xml.etree.ElementTree import Element

import tifffile

from cytoforge.errors import UserError
from cytoforge.images.ome_xml import channel_names, image_names, parse_xml, physical_size

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


def ome_channel_names(series: tifffile.TiffPageSeries) -> tuple[str, ...]:
    """Return the names that OME-XML gives the channels of a series; none where it gives none."""
    told = _told_by_ome(series)
    return channel_names(*told) if told else ()


def ome_pixel_size(series: tifffile.TiffPageSeries) -> tuple[float, float] | None:
    """Return width and height of a pixel of a series (µm) that OME-XML gives, or None."""
    told = _told_by_ome(series)
    return physical_size(*told) if told else None


def _told_by_ome(series: tifffile.TiffPageSeries) -> tuple[str, int] | None:
    """Return a file's OME-XML and which of the images in it the series is, counted from 0.

    None where there is no OME-XML, or none of its images is known to be this one.
    """
    tiff = series.keyframe.parent
    xml = (tiff.ome_metadata or "") if tiff.is_ome else ""
    if not xml:
        return None
    names = image_names(xml)
    if len(names) in (1, len(tiff.series)):
        return xml, min(tiff.series.index(series), len(names) - 1)
    # Images without pixels in the file have no series.
    return (xml, names.index(series.name)) if names.count(series.name) == 1 else None


def scn_image(series: tifffile.TiffPageSeries) -> tuple[Element, Element]:
    """Return what the XML of a Leica SCN tells of the slide and of a series: two elements.

    Raises
    ------
    LookupError : nothing
    """
    tiff = series.keyframe.parent
    slides = parse_xml(tiff.filename, tiff.scn_metadata or "").iterfind("{*}collection")
    pairs = ((slide, image) for slide in slides for image in slide.iterfind("{*}image"))
    told = [pair for pair in pairs for _ in pair[1].iterfind("{*}pixels")]  # a series each
    return told[tiff.series.index(series)]


def _is_glass(series: tifffile.TiffPageSeries) -> bool:
    """Return whether an image of a Leica SCN shows the whole slide: it is the macro photo."""
    slide, image = scn_image(series)
    view = image.find("{*}view")
    size = [slide.get(key) for key in ("sizeX", "sizeY")]
    return view is not None and None not in size and size == [view.get("sizeX"), view.get("sizeY")]


def _goes_with_it(tiff: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> bool:
    name = series.name.casefold().strip()
    if name in _BESIDE or name.removesuffix(" image") in _BESIDE:
        return True
    if (tiff.is_ndpi and name == "map") or (tiff.is_scn and _is_glass(series)):
        return True
    page = series.keyframe
    if tiff.is_svs and re.search(r"\n(label|macro)\b", page.description):
        return True
    return bool(page.is_reduced or page.is_mask)
