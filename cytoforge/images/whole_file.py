"""Images from a file alone, without a table or a config: all its planes, all its channels."""

from collections.abc import Iterator

import numpy as np

from cytoforge.config.images import NormalisationConfig
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.names import plain_stem, plane_suffix
from cytoforge.images.normalise import channel_ranges
from cytoforge.images.planes import row_planes
from cytoforge.images.raw import RGB, RawImage
from cytoforge.images.read import read_raw

MAX_MEGAPIXELS = 400.0


def images_of_file(path: str) -> Iterator[Image]:
    """Yield each plane of a file as an image, named like the file, `_t003_z01` behind it if many.

    Channels are as the file names them; a picture in colour whose channels are equal is `grey`.

    Raises
    ------
    UserError : no such file, or not a readable image
    """
    problems: list[str] = []
    planes = row_planes("all", path, problems)
    for plane in planes or [{}]:
        suffix = plane_suffix(plane, planes) if plane else ""
        raw = without_false_colour(read_raw(path, plane=plane, max_megapixels=MAX_MEGAPIXELS))
        size = raw.pixel_size_um
        yield Image(
            name=plain_stem(path) + suffix,
            pixels=raw.pixels,
            channels=raw.channels,
            ranges=tuple(_range(channel) for channel in raw.pixels),
            pixel_size_um=size[0] if size and np.isclose(*size, rtol=0.01) else None,
        )


def without_false_colour(raw: RawImage) -> RawImage:
    """Return a grey picture that was saved in colour as one channel; any other as it is."""
    if raw.channels == RGB and bool(np.all(raw.pixels == raw.pixels[:1])):
        return RawImage(raw.pixels[:1], ("grey",), raw.pixel_size_um)
    return raw


def _range(channel: np.ndarray) -> ChannelRange:
    low, high = channel.min(), channel.max()
    if low == high:  # an empty channel beside others, e.g. the blue of a red and green picture
        return ChannelRange(float(low), float(low) + 1.0)
    return channel_ranges(channel[None], NormalisationConfig())[0]
