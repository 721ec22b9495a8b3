"""The gap of one image, or of its strips, by whichever method the config names."""

import logging
from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np

from cytoforge.config.objects import GAP
from cytoforge.config.segmentation import GapConfig, SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.channels import cytoplasm_channel
from cytoforge.segmentation.gap import find_gap, gap_radii, with_islands
from cytoforge.segmentation.gap_texture import (
    CORE_FRACTION,
    ask_texture,
    smooth_region,
    step_of,
    texture_of,
)
from cytoforge.segmentation.moments import CELL_TO_NUCLEUS

logger = logging.getLogger(__name__)
Box = tuple[slice, slice]


def gap_of_image(
    image: Image,
    arrays: Mapping[str, np.ndarray],
    diameters: Mapping[str, float],
    config: SegmentationBase,
) -> np.ndarray:
    """Return the gap of an image, bool (Y, X).

    Parameters
    ----------
    arrays : planes that the method has found; instances are those that are not bool
    diameters : typical diameters in px by name, as far as they are known
    """
    objects = _instances(arrays)
    if config.gap.needs_cells:
        return find_gap(objects, _cell_px(diameters), config.gap)
    return _texture_gaps(image, [np.s_[:, :]], objects, diameters, config)


def gap_of_bands(
    image: Image,
    bands: Sequence[Box],
    arrays: Mapping[str, np.ndarray],
    diameters: Mapping[str, float],
    config: SegmentationBase,
) -> np.ndarray:
    """Return the gap of an image in which no strip learns from another, bool (Y, X).

    The texture's threshold is that of the first strip which has one, the training strip before
    all: a strip wholly in the gap could not know.
    """
    objects = _instances(arrays)
    if not config.gap.needs_cells:
        return _texture_gaps(image, bands, objects, diameters, config)
    gap = np.zeros(image.shape, bool)
    for box in bands:
        parts = [labels[box] for labels in objects]
        gap[box] = _gap_of_band(parts, _cell_px(diameters), config.gap)
    return gap


def _texture_gaps(
    image: Image,
    bands: Sequence[Box],
    objects: Sequence[np.ndarray],
    diameters: Mapping[str, float],
    config: SegmentationBase,
) -> np.ndarray:
    # Log intensities are those of light: of what is stored, where cells are sought in its inverse.
    named = cytoplasm_channel(image, config)
    plane = image.channel(named if named in image.channels else image.channels[-1])
    step = step_of(image.shape)
    textures = [texture_of(plane[box], step) for box in bands]
    answers = [ask_texture(texture, min(image.shape)) for texture in textures]
    threshold = next((a.threshold for a in answers if a.threshold is not None), None)
    if threshold is None:
        logger.warning("%s: no gap by texture: %s", image.name, answers[0].why_not)
    radius = _texture_radius(image.shape, config.gap)
    gap = np.zeros(image.shape, bool)
    for box, texture in zip(bands, textures, strict=True):
        parts = [labels[box] for labels in objects]
        region = smooth_region(texture, threshold, radius, plane[box].shape)
        gap[box] = with_islands(region, radius, parts, config.gap)
    return gap


def _texture_radius(shape: tuple[int, int], config: GapConfig) -> float:
    """Return half the width of a gap's core: a cell's size is less than smoothing blurs."""
    return CORE_FRACTION * min(shape) if config.erode_px is None else config.erode_px


def _gap_of_band(objects: Sequence[np.ndarray], cell_px: float, config: GapConfig) -> np.ndarray:
    """Return the gap of a band, bool (Y, X).

    The band is continued by its mirror image as far as the morphology reaches: its cut edge is no
    tissue, and a strip narrower than twice the first radius would else have no gap.
    """
    first, second, _ = gap_radii(cell_px, config)
    frame = ceil(first + second)
    rows, cols = (slice(frame, frame + size) for size in objects[0].shape)
    mirrored = [np.pad(labels, frame, mode="symmetric") for labels in objects]
    return find_gap(mirrored, cell_px, config)[rows, cols]


def _instances(arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    return [a for name, a in arrays.items() if name != GAP and a.dtype != np.bool_]


def _cell_px(diameters: Mapping[str, float]) -> float:
    """Return the cells' diameter; where none are found, that of cells around such nuclei, or of
    the largest objects."""
    around = CELL_TO_NUCLEUS * diameters.get("nuclei", 0.0)
    return diameters.get("cells") or around or max(diameters.values(), default=0.0)
