"""Segment the strips of an image one by one, so that none learns from the pixels of another."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import NoCellsError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.classes import ClassPlane
from cytoforge.segmentation.gap_of_image import Box, gap_of_bands
from cytoforge.segmentation.registry import asks_for_gap, assemble, segment, segment_like
from cytoforge.segmentation.segmentation import Segmentation


def segment_bands(
    image: Image,
    bands: Sequence[Box] | None,
    config: SegmentationBase,
    sample: Sample | None = None,
) -> Segmentation:
    """Segment each band as an image of its own and put the results together.

    Thresholds, grounds and noise are those of the band; diameters that the config does not give
    are estimated in the first, the training strip. (Where nothing is found there, in the next:
    labels of an empty strip do not depend on it.) A method that reads the user's labels learns
    nothing and sees the whole image; a gap found by texture does not.

    Parameters
    ----------
    bands : rows and columns, train first; together the whole image. None: the image is not divided

    Raises
    ------
    NoCellsError : nothing found in any band
    """
    texture = asks_for_gap(config) and not config.gap.needs_cells
    if bands is None or not (config.learns_from_pixels or texture):
        return segment(image, config, sample)
    without = config.model_copy(update={"gap": config.gap.model_copy(update={"enabled": False})})
    if config.learns_from_pixels:
        found = _each(image, bands, without, sample)
        known, arrays = found[0], _joined(found, bands, image.shape)
        classes = _joined_classes(found, bands, image.shape)
    else:
        known = segment(image, without, sample)
        arrays = {name: plane.array for name, plane in known.objects.items()}
        classes = {name: p.classes for name, p in known.objects.items() if p.classes}
    diameters = {n: p.diameter_px for n, p in known.objects.items() if p.diameter_px}
    gap = None
    if asks_for_gap(config):
        gap = gap_of_bands(image, bands, arrays, diameters, config)
    text = f"{known.method}, each strip by itself"
    return assemble(arrays, gap, diameters, config, text, classes)


def _each(
    image: Image, bands: Sequence[Box], config: SegmentationBase, sample: Sample | None
) -> list[Segmentation]:
    parts = [replace(image, pixels=image.pixels[:, *box]) for box in bands]
    failed = None
    for part in parts:
        try:
            known = segment(part, config, sample)
        except NoCellsError as error:
            failed = failed or error
            continue
        return [known if other is part else segment_like(other, known, config) for other in parts]
    assert failed is not None, "there is at least one band"
    raise failed


def _joined(
    found: Sequence[Segmentation], bands: Sequence[Box], shape: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Put planes together; ids of a band follow those of the band before it."""
    first = found[0]
    whole = {name: np.zeros(shape, plane.array.dtype) for name, plane in first.objects.items()}
    most = 0
    for one, box in zip(found, bands, strict=True):
        for name, array in one.masks.items():
            whole[name][box] = array
        for name, array in one.instances.items():
            whole[name][box] = np.where(array > 0, array + most, 0)
        most += max((int(array.max(initial=0)) for array in one.instances.values()), default=0)
    return whole


def _joined_classes(
    found: Sequence[Segmentation], bands: Sequence[Box], shape: tuple[int, int]
) -> dict[str, ClassPlane]:
    """Put the classes of objects together."""
    whole: dict[str, ClassPlane] = {}
    for one, box in zip(found, bands, strict=True):
        for name, plane in one.objects.items():
            if plane.classes is None:
                continue  # nothing was found in it
            empty = ClassPlane(
                plane.classes.names, np.zeros(shape, np.uint8), np.zeros(shape, np.float32)
            )
            joined = whole.setdefault(name, empty)
            joined.codes[box], joined.certain[box] = plane.classes.codes, plane.classes.certain
    return whole
