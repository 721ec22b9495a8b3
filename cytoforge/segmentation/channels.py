"""The channels that a method reads: those of its config, else the outermost two.

Many microscopes store the nuclear stain first and the cytoplasm last.
"""

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError
from cytoforge.images.image import Image


def nuclei_channel(image: Image, config: SegmentationBase) -> str:
    """Return the configured channel of nuclei, or the image's first."""
    return config.nuclei_channel or image.channels[0]


def cytoplasm_channel(image: Image, config: SegmentationBase) -> str:
    """Return the configured channel of whole cells, or the last."""
    return config.cytoplasm_channel or image.channels[-1]


def check_channels(image: Image, config: SegmentationBase) -> None:
    """Raise UserError when a configured channel is not in the image."""
    for key in ("nuclei_channel", "cytoplasm_channel"):
        name = getattr(config, key)
        if name is not None and name not in image.channels:
            raise UserError(
                where=f"segmentations: {key}, image {image.name}",
                expected=f"one of the image's channels: {', '.join(image.channels)}",
                found=repr(name),
                fix=f"correct `{key}` or the channels of the image in samples.tsv",
            )
