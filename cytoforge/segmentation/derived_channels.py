"""Channels computed from an image's own when it is segmented: stains, inverses, maximum, grey.

And whether one must be inverted for its nuclei to be bright, told from its values.
"""

import numpy as np
from scipy import ndimage

from cytoforge.config.derived_channels import (
    LUMINANCE,
    MAXIMUM,
    RGB,
    STAINS,
    derived_channels,
    inverted_of,
)
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit

# Rec. 709, as scikit-image's rgb2gray.
_LUMINANCE = (0.2125, 0.7154, 0.0721)
# The longer side, in px, at which the sign is looked for: it takes 0.05 s whatever the image.
_SIDE_PX = 600


def channel_pixels(image: Image, name: str) -> np.ndarray:
    """Return a channel, (Y, X): the image's own with its values, or a derived one as float32.

    Derived ones are bright where there is much of a stain (optical density), or where the channel
    that they invert is dark; their zero has no meaning.

    Raises
    ------
    UserError : a name that the image neither has nor lets derive
    """
    if name in image.channels:
        return image.channel(name)
    if name not in derived_channels(image.channels):
        raise no_such_channel("channel", name, image)
    if inverted := inverted_of(name, image.channels):
        return invert(image, inverted)
    if name == MAXIMUM:
        brightest: np.ndarray = to_unit(image).max(axis=0)
        return brightest
    colours = photograph(image)
    if name == LUMINANCE:
        return np.tensordot(np.array(_LUMINANCE, np.float32), colours, axes=1)
    from skimage.color import rgb2hed  # costs a second, and only images in colour need it

    stains: np.ndarray = rgb2hed(np.moveaxis(colours, 0, -1))
    return stains[..., STAINS.index(name)].astype(np.float32)


def invert(image: Image, name: str) -> np.ndarray:
    """Return the top of a channel's range less its values, float32 (Y, X)."""
    index = image.channels.index(name)
    return np.float32(image.ranges[index].high) - image.pixels[index].astype(np.float32)


def nuclei_are_dark(channel: np.ndarray) -> bool:
    """Return whether the lesser part of a channel, (Y, X), lies below the rest.

    Nuclei cover less than half of most fields, so the grey values have their long tail on the
    nuclei's side: the sign of the third moment, once a slow slope of light is taken away. Right
    for all of 58 fluorescence images (nuclei cover 1 to 55 %) and for the red channel of 101 of
    102 of H&E and IHC.
    """
    step = -(-max(channel.shape) // _SIDE_PX)
    small = ndimage.uniform_filter(channel.astype(np.float32), step)[::step, ::step]
    small = ndimage.gaussian_filter(small, 1.0)
    height = small - ndimage.uniform_filter(small, max(min(small.shape) // 4, 1))
    return bool(np.mean((height - height.mean()) ** 3) < 0)


def photograph(image: Image) -> np.ndarray:
    """Return red, green and blue as a camera saw them, float32 (3, Y, X) in [0, 1].

    All three by one scale, or colours would change: 255 for 8 bits, else the brightest of the
    channels' ranges, since cameras fill 16 bits to any height.
    """
    indices = [image.channels.index(name) for name in RGB]
    eight_bits = image.pixels.dtype == np.uint8
    white = 255.0 if eight_bits else max(image.ranges[index].high for index in indices)
    scaled = image.pixels[indices].astype(np.float32) / np.float32(white)
    return np.clip(scaled, 0, 1)


def no_such_channel(key: str, name: str, image: Image) -> UserError:
    """Return the error for a name that is no channel, with all that there are."""
    derived = ", ".join(derived_channels(image.channels))
    return UserError(
        where=f"segmentations: {key}, image {image.name}",
        expected=f"one of the image's channels: {', '.join(image.channels)}; or one derived from"
        f" them: {derived}",
        found=repr(name),
        fix=f"correct `{key}` or the channels of the image in samples.tsv",
    )
