"""Segment the strips of an image one by one, so that none learns from the pixels of another."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import numpy as np

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import NoCellsError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.gap import find_gap, gap_radii
from cytoforge.segmentation.registry import assemble, segment, segment_like
from cytoforge.segmentation.segmentation import Segmentation

Box = tuple[slice, slice]


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
    nothing and sees the whole image.

    Parameters
    ----------
    bands : rows and columns, train first; together the whole image. None: the image is not divided

    Raises
    ------
    NoCellsError : nothing found in any band
    """
    if bands is None or not config.learns_from_pixels:
        return segment(image, config, sample)
    without = config.model_copy(update={"gap": config.gap.model_copy(update={"enabled": False})})
    found = _each(image, bands, without, sample)
    known = found[0]
    arrays = _joined(found, bands, image.shape)
    diameters = {n: p.diameter_px for n, p in known.objects.items() if p.diameter_px}
    gap = None
    if "gap" in config.objects:
        gap = np.zeros(image.shape, bool)
        for box in bands:
            nuclei, cells = arrays["nuclei"][box], arrays["cells"][box]
            gap[box] = _gap_of_band(nuclei, cells, diameters["cells"], config)
    return assemble(arrays, gap, diameters, config, f"{known.method}, each strip by itself")


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


def _gap_of_band(
    nuclei: np.ndarray, cells: np.ndarray, cell_px: float, config: SegmentationBase
) -> np.ndarray:
    """Return the gap of a band, bool (Y, X).

    The band is continued by its mirror image as far as the morphology reaches: its cut edge is no
    tissue, and a strip narrower than twice the first radius would else have no gap.
    """
    first, second, _ = gap_radii(cell_px, config.gap)
    frame = ceil(first + second)
    rows, cols = (slice(frame, frame + size) for size in cells.shape)
    nuclei, cells = (np.pad(labels, frame, mode="symmetric") for labels in (nuclei, cells))
    return find_gap(nuclei, cells, cell_px, config.gap)[rows, cols]
