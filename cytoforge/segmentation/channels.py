"""The channels that a method reads: those of its config, else the outermost two.

Many microscopes store the nuclear stain first and the cytoplasm last.
"""

import logging

import numpy as np

from cytoforge.config.derived_channels import RGB, derived_channels
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.derived_channels import channel_pixels, no_such_channel

logger = logging.getLogger(__name__)


def nuclei_channel(image: Image, config: SegmentationBase) -> str:
    """Return the configured channel of nuclei, or the image's first."""
    return config.nuclei_channel or image.channels[0]


def cytoplasm_channel(image: Image, config: SegmentationBase) -> str:
    """Return the configured channel of whole cells, or the last.

    Where the nuclei's is derived and none is named it is the same: of a photograph in transmitted
    light the last channel, blue, is not bright where cells are.
    """
    if config.cytoplasm_channel is None and nuclei_channel(image, config) not in image.channels:
        return nuclei_channel(image, config)
    return config.cytoplasm_channel or image.channels[-1]


def nuclei_pixels(image: Image, config: SegmentationBase) -> np.ndarray:
    """Return the channel of nuclei, (Y, X), derived where it is one of those.

    The log says which is taken of an image in colour for which none is named.
    """
    name = nuclei_channel(image, config)
    if config.nuclei_channel is None and set(RGB) <= set(image.channels):
        logger.warning(
            "%s is in colour (RGB) and `nuclei_channel` is not set, so nuclei are looked for in %s."
            " Those of H&E and IHC are bright in `haematoxylin`; there are: %s",
            image.name,
            name,
            ", ".join((*image.channels, *derived_channels(image.channels))),
        )
    return channel_pixels(image, name)


def cytoplasm_pixels(image: Image, config: SegmentationBase) -> np.ndarray:
    """Return the channel of whole cells, (Y, X), derived where it is one of those."""
    return channel_pixels(image, cytoplasm_channel(image, config))


def missing_channels(image: Image, config: SegmentationBase) -> list[str]:
    """Return the configured channels that an image neither has nor lets derive: of images that a
    model made, those for segmentation only."""
    there = (*image.channels, *derived_channels(image.channels))
    named = dict.fromkeys((config.nuclei_channel, config.cytoplasm_channel))
    return [name for name in named if name is not None and name not in there]


def check_channels(image: Image, config: SegmentationBase) -> None:
    """Raise UserError when a configured channel is neither the image's nor derived from them."""
    for key in ("nuclei_channel", "cytoplasm_channel"):
        name = getattr(config, key)
        if name is not None and name not in (*image.channels, *derived_channels(image.channels)):
            raise no_such_channel(key, name, image)
