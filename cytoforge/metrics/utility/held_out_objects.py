"""The test of a row: objects found in held-out real regions, held against the true ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.ome import read_image
from cytoforge.metrics.region_images import crop_image
from cytoforge.metrics.resegmentation import crop, matches_inside
from cytoforge.models.tasks.image_to_instances import IOUS
from cytoforge.segmentation.methods.trained.config import TrainedConfig
from cytoforge.segmentation.methods.trained.segment import segment
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region

COUNTS = ("image", "group", "iou", "tp", "fp", "fn")
"""Columns of `counts_of`: counts of one image at one IoU, all of its test regions together."""
Count = dict[str, str | float | int]


@dataclass(frozen=True)
class HeldOut:
    """A test region: image, true objects int32 (Y, X), and what the split keeps together."""

    image: Image
    truth: np.ndarray
    group: str


def held_out(
    images: Mapping[str, Path],
    truth: Mapping[str, Path],
    regions: Sequence[Region],
    objects: str,
) -> list[HeldOut]:
    """Return the test regions of real images, in the order of `regions`.

    images, truth : files by image name; regions of other images are left out

    Raises UserError where there are none.
    """
    found = []
    for region in regions:
        if region.split == "test" and region.image in images:
            segmented = crop(read_segmentation(truth[region.image]), region)
            image = crop_image(read_image(images[region.image]), region)
            found.append(HeldOut(image, segmented[objects], region.group))
    if not found:
        raise UserError(
            where="utility",
            expected="test regions of real images",
            found="none",
            fix="give the split a fraction for test, or more images",
        )
    return found


def counts_of(model_folder: Path, tested: Sequence[HeldOut], objects: str) -> list[Count]:
    """Return the objects found, found wrongly and missed in every image, at each IoU of `IOUS`.

    Objects that the edge of a region cuts are not counted (`matches_inside`).
    """
    config = TrainedConfig.model_validate({"model": str(model_folder), "finds": objects})
    total: dict[tuple[str, str, float], np.ndarray] = {}
    for one in tested:
        planes, *_ = segment(one.image, config)
        for iou, match in zip(IOUS, matches_inside(one.truth, planes[objects], IOUS), strict=True):
            key = one.image.name, one.group, iou
            counts = np.array([match.tp, match.fp, match.fn])
            total[key] = total.get(key, np.zeros(3, int)) + counts
    return [
        dict(zip(COUNTS, (*key, *map(int, counts)), strict=True)) for key, counts in total.items()
    ]
