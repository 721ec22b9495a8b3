"""The references stage from files to files: cell means of a set, label map of an image."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cytoforge.config.references import ReferenceConfig
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.references.bounds import LayerBounds, layer_means
from cytoforge.references.bounds_file import read_bounds, record_bounds
from cytoforge.references.label_map import render
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region


def layer_grey(image: Image, channel: str) -> np.ndarray:
    """Return one channel as float32 (Y, X) on the 0–255 scale of its normalisation."""
    return to_unit(image)[image.channels.index(channel)] * 255


def cell_means(
    image_paths: Sequence[str | Path],
    segmentation_paths: Sequence[str | Path],
    regions: Sequence[Region],
    channel: str,
    whole_images: bool,
) -> dict[str, np.ndarray]:
    """Return each image's mean grey values of the cells in its `regions`, or of all its cells.

    The original counted all cells, of its first image.
    """
    means: dict[str, np.ndarray] = {}
    for image_path, segmentation_path in zip(image_paths, segmentation_paths, strict=True):
        image = read_image(image_path)
        own = [region for region in regions if region.image == image.name]
        means[image.name] = layer_means(
            read_segmentation(segmentation_path),
            layer_grey(image, channel),
            None if whole_images else own,
        )
    return means


def render_image(
    image: Image,
    segmentation: Segmentation,
    config: ReferenceConfig,
    channel: str,
    bounds_path: str | Path | None,
) -> np.ndarray:
    """Return the label map of an image, uint8 (Y, X).

    Parameters
    ----------
    channel : whose mean grey value sorts cells into layers
    bounds_path : bounds.json, or None where each image has its own bounds or there are no layers
    """
    if not config.n_layers:
        return render(segmentation, None, config)
    bounds = image_bounds(image, segmentation, config, channel, bounds_path)
    return render(segmentation, layer_grey(image, channel), config, bounds)


def image_bounds(
    image: Image,
    segmentation: Segmentation,
    config: ReferenceConfig,
    channel: str,
    bounds_path: str | Path | None,
) -> LayerBounds | None:
    """Return the layer bounds that `render_image` renders an image's label map with.

    None for tables without layers, and for an image without cells that has its own bounds.
    """
    if not config.n_layers:
        return None
    if bounds_path is not None:
        return read_bounds(bounds_path).bounds
    means = {image.name: layer_means(segmentation, layer_grey(image, channel))}
    return record_bounds(means, config, image.name).bounds if means[image.name].size else None
