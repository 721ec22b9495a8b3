"""Classifiers that a run would learn from scribbles, learned at once for a first look."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cytoforge.config.images import ImagesConfig
from cytoforge.config.model import Config
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.convert import convert
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.images.shading import even_image
from cytoforge.segmentation.methods.pixels.classifier_file import write_classifier
from cytoforge.segmentation.methods.pixels.config import PixelsConfig
from cytoforge.segmentation.methods.pixels.learn import ScribbledImage, learn_classifier
from cytoforge.segmentation.methods.pixels.scribble_columns import (
    check_scribbles,
    scribbled_images,
)
from cytoforge.split.bands import BlockSplit, cut_images
from cytoforge.split.membership import images_in_split


def with_classifiers(config: Config, samples: Sequence[Sample], folder: Path) -> Config:
    """Return the config with a classifier for each segmentation that learns from scribbles.

    It is what a run would learn: of training images, or strips, alone. It lies in the folder.

    Raises UserError for scribbles that a run would refuse.
    """
    if not any(_learns(block) for block in config.segmentations.values()):
        return config
    by_name = {sample.name: sample for sample in samples}
    train = images_in_split(samples, config.split, config.seed)["train"]
    check_scribbles(config.segmentations, by_name, train)
    settings: dict[str, SegmentationBase] = dict(config.segmentations)
    for name, block in config.segmentations.items():
        if not isinstance(block, PixelsConfig) or not _learns(block):
            continue
        sources = [
            ScribbledImage(
                image,
                partial(_as_segmented, by_name[image], config.images),
                path,
                BlockSplit(config.split, config.seed, by_name[image].source)
                if image in cut_images(samples, config.split)
                else None,
            )
            for image, path in scribbled_images(block, by_name, train).items()
        ]
        path = folder / f"{name}.safetensors"
        write_classifier(path, learn_classifier(sources, block, config.seed))
        settings[name] = block.model_copy(update={"classifier": str(path)})
    return config.model_copy(update={"segmentations": settings})


def _as_segmented(sample: Sample, config: ImagesConfig) -> Image:
    """Return an image as it will be segmented: without its shading where that is taken away."""
    image = convert(sample, config)
    return image if config.shading == "none" else even_image(image, config.normalisation)


def _learns(block: SegmentationBase) -> bool:
    return isinstance(block, PixelsConfig) and block.classifier is None
