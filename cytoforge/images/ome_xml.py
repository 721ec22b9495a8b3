"""What OME-XML says of the first image: channel names and pixel size."""

from xml.etree import ElementTree

MICROMETRES = {
    "pm": 1e-6,
    "Å": 1e-4,
    "nm": 1e-3,
    "µm": 1.0,  # micro sign
    "μm": 1.0,  # Greek mu: both occur
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "mm": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "in": 25_400.0,
    "inch": 25_400.0,
}
"""Micrometres in a unit; `pixel` and `reference frame` are no lengths and are left out."""


def pixels_element(xml: str) -> ElementTree.Element | None:
    """Return the `Pixels` element of the first image, whatever version of OME it is."""
    root = ElementTree.fromstring(xml)
    return next((node for node in root.iter() if _local(node) == "Pixels"), None)


def channel_names(xml: str) -> tuple[str, ...]:
    """Return the names of the channels of the first image; nameless ones are `c0`, `c1`, ..."""
    pixels = pixels_element(xml)
    channels = [] if pixels is None else [node for node in pixels if _local(node) == "Channel"]
    return tuple(node.get("Name") or f"c{index}" for index, node in enumerate(channels))


def physical_size(xml: str) -> tuple[float, float] | None:
    """Return width and height of a pixel in micrometres, or None where no length is given.

    The unit is micrometre where none is named, as the OME schema says.
    """
    pixels = pixels_element(xml)
    if pixels is None:
        return None
    sizes = []
    for axis in "XY":
        size = pixels.get(f"PhysicalSize{axis}", pixels.get("PhysicalSizeX"))
        factor = MICROMETRES.get(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        if size is None or factor is None:
            return None
        sizes.append(float(size) * factor)
    return (sizes[0], sizes[1]) if min(sizes) > 0 and max(sizes) < float("inf") else None


def _local(node: ElementTree.Element) -> str:
    return node.tag.rsplit("}", 1)[-1]
