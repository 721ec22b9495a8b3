"""What OME-XML says of an image: channel names and pixel size."""

from math import prod
from xml.etree import ElementTree

from cytoforge.errors import UserError
from cytoforge.images.limits import MAX_PLANES
from cytoforge.images.units import both_sides, micrometres


def parse_xml(path: str, xml: str) -> ElementTree.Element:
    """Return the root of a document without a document type.

    Only a document type can declare entities, which grow a kilobyte to gigabytes ("billion laughs")
    or name files to read. Neither OME-XML nor any microscope's has one.

    Raises
    ------
    UserError : a document type, or no XML
    """
    if "<!DOCTYPE" in xml:
        raise UserError(
            path,
            "XML metadata without a document type",
            "<!DOCTYPE, which declares entities",
            "remove the metadata, or export the image again",
        )
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise UserError(
            path, "readable XML metadata", str(error), "copy or export the file again"
        ) from error


def check_ome(path: str, xml: str) -> None:
    """Refuse OME-XML that announces more planes than any stack has, or planes in other files.

    tifffile makes a list of as many entries as are announced, and opens every file named.

    Raises
    ------
    UserError : these, or XML that cannot be read
    """
    root = parse_xml(path, xml)
    own = root.get("UUID", "")
    files = {own} - {""}
    for node in root.iter():
        if _local(node) == "Pixels":
            _check_planes(path, prod(int(node.get(f"Size{axis}", 1)) for axis in "ZCT"))
        elif _local(node) == "TiffData":
            for key in ("NumPlanes", "PlaneCount"):
                _check_planes(path, int(node.get(key, 1)))
            named = [child.text or "" for child in node if _local(child) == "UUID"]
            files.add(named[0].strip() if named else own)
    if len(files) > 1:
        raise UserError(
            path,
            "an image in one file",
            f"one spread over {len(files)} files, says its OME-XML",
            "export it as a single file: others would neither be checked nor noticed when changed",
        )


def _check_planes(path: str, planes: int) -> None:
    if planes > MAX_PLANES:
        raise UserError(
            path,
            f"at most {MAX_PLANES:,} planes",
            f"{planes:,}, says its OME-XML",
            "export single images",
        )


def _images(xml: str) -> list[tuple[str, ElementTree.Element]]:
    """Return name and `Pixels` element of each image, whatever version of OME it is."""
    images = (node for node in ElementTree.fromstring(xml).iter() if _local(node) == "Image")
    return [(n.get("Name", ""), p) for n in images for p in n if _local(p) == "Pixels"]


def image_names(xml: str) -> list[str]:
    """Return the names of the images in their order; empty for those without one."""
    return [name for name, _ in _images(xml)]


def _pixels(xml: str, number: int) -> ElementTree.Element | None:
    return next((pixels for _, pixels in _images(xml)[number:]), None)


def channel_names(xml: str, number: int = 0) -> tuple[str, ...]:
    """Return the names of an image's channels; nameless ones are `c0`, `c1`, ..."""
    pixels = _pixels(xml, number)
    channels = [] if pixels is None else [node for node in pixels if _local(node) == "Channel"]
    return tuple(node.get("Name") or f"c{index}" for index, node in enumerate(channels))


def physical_size(xml: str, number: int = 0) -> tuple[float, float] | None:
    """Return width and height of an image's pixel in micrometres, None where no length is given.

    The unit is micrometre where none is named, as the OME schema says. Where one side is left out
    or unknown, see `units.both_sides`.
    """
    pixels = _pixels(xml, number)
    if pixels is None:
        return None
    units = [micrometres(pixels.get(f"PhysicalSize{axis}Unit", "µm")) for axis in "XY"]
    lengths = [pixels.get(f"PhysicalSize{axis}") for axis in "XY"]
    return both_sides(*zip(lengths, units, strict=True))


def _local(node: ElementTree.Element) -> str:
    return node.tag.rsplit("}", 1)[-1]
