"""The same cell in the real and in the made image: brightness and texture under one mask."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.metrics.region_images import crop_image
from cytoforge.metrics.resegmentation import crop
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region

SMALLEST_PX = 16  # of a cell that the edge has cut, too little for a texture
KINDS = ("mean", "sd", "gradient")


def cell_features(image: Image, segmentation: Segmentation, unit: str) -> pd.DataFrame:
    """Return one row per main object, e.g. per cell, of an image that shows the same field.

    Columns: unit (image, or what the split keeps with it), and per channel mean_, sd_ (of the
    pixels) and gradient_ (root mean squared gradient per px), all of unit intensity. Empty where
    there are no objects to count.
    """
    columns = [f"{kind}_{channel}" for channel in image.channels for kind in KINDS]
    if not segmentation.instances:
        return pd.DataFrame(columns=["unit", *columns])
    labels = segmentation[segmentation.main_object].ravel()
    area = np.bincount(labels)
    ids = np.flatnonzero(area >= SMALLEST_PX)
    ids = ids[ids > 0]
    table: dict[str, object] = {"unit": [unit] * len(ids)}
    for channel, plane in zip(image.channels, to_unit(image).astype(np.float64), strict=True):
        down, across = np.gradient(plane)
        sums = [
            np.bincount(labels, values.ravel(), len(area))[ids] / area[ids]
            for values in (plane, plane**2, down**2 + across**2)
        ]
        table[f"mean_{channel}"] = sums[0]
        table[f"sd_{channel}"] = np.sqrt(np.clip(sums[1] - sums[0] ** 2, 0, None))
        table[f"gradient_{channel}"] = np.sqrt(sums[2])
    return pd.DataFrame(table)


def cells_of_training(
    real: Mapping[str, Path],
    segmentations: Mapping[str, Path],
    regions: Sequence[Region],
    test_images: Sequence[str],
    channels: Sequence[str],
) -> pd.DataFrame:
    """Return the cells of the training regions of as many images as are tested, at least two, the
    same ones where they have both: other cells of the same type, measured in some channels."""
    mine = [region for region in regions if region.split == "train" and region.image in real]
    names = sorted({region.image for region in mine}, key=lambda n: (n not in test_images, n))
    tables = []
    for name in names[: max(2, len(test_images))]:
        image = read_image(real[name]).with_channels(channels)
        segmentation = read_segmentation(segmentations[name])
        tables += [
            cell_features(crop_image(image, region), crop(segmentation, region), region.group)
            for region in mine
            if region.image == name
        ]
    return pd.concat(tables, ignore_index=True)
