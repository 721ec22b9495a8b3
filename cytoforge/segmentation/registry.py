"""The segmenters by name, and what holds for the result of every one of them.

A new segmenter is one function and one line in `SEGMENTERS`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cytoforge.config.segmentation import SegmentationBase, SegmentationConfig
from cytoforge.errors import NoCellsError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.channels import check_channels
from cytoforge.segmentation.diameter import CELL_TO_NUCLEUS, median_diameter_px
from cytoforge.segmentation.gap import find_gap, without_gap_cells
from cytoforge.segmentation.identity import one_id_a_cell
from cytoforge.segmentation.segmentation import Segmentation

# (image, config, sample) -> (nuclei int32 (Y, X), cells int32 (Y, X), method text)
Segmenter = Callable[[Image, Any, Sample | None], tuple[np.ndarray, np.ndarray, str]]


def _watershed(
    image: Image, config: Any, sample: Sample | None
) -> tuple[np.ndarray, np.ndarray, str]:
    from cytoforge.segmentation.watershed import segment_watershed

    return segment_watershed(image, config)


def _labels(image: Image, config: Any, sample: Sample | None) -> tuple[np.ndarray, np.ndarray, str]:
    from cytoforge.segmentation.labels import read_labels

    return read_labels(image, config, sample)


def _cellpose(
    image: Image, config: Any, sample: Sample | None
) -> tuple[np.ndarray, np.ndarray, str]:
    from cytoforge.segmentation.cellpose import segment_cellpose

    return segment_cellpose(image, config)


SEGMENTERS: dict[str, Segmenter] = {
    "watershed": _watershed,
    "labels": _labels,
    "cellpose": _cellpose,
}


def segment(image: Image, config: SegmentationConfig, sample: Sample | None = None) -> Segmentation:
    """Segment one image with the configured method and find its cell-free gap.

    Returns
    -------
    Segmentation whose ids are 1..n in raster order of the cells' first pixels; nuclei lie inside
    their cell and share its id.

    Raises
    ------
    UserError : a channel that the image does not have
    NoCellsError : no cell found
    """
    check_channels(image, config)
    nuclei, cells, method = SEGMENTERS[config.method](image, config, sample)
    nuclei, cells = one_id_a_cell(nuclei, cells)
    if not cells.any():
        raise _no_cells(image, config)
    nucleus_px, cell_px = _diameters(nuclei, cells, config)
    gap = find_gap(nuclei, cells, cell_px, config.gap)
    if config.gap.floating_cells == "filled" and gap.any():
        nuclei, cells = one_id_a_cell(without_gap_cells(nuclei, gap), without_gap_cells(cells, gap))
    return Segmentation(nuclei, cells, gap, nucleus_px, cell_px, method)


def _diameters(
    nuclei: np.ndarray, cells: np.ndarray, config: SegmentationBase
) -> tuple[float, float]:
    """Return what the config gives, else nuclei measured and cells 1.8 times that."""
    nucleus = config.nucleus_diameter_px or median_diameter_px(nuclei)
    cell = config.cell_diameter_px or (
        CELL_TO_NUCLEUS * nucleus if nucleus else median_diameter_px(cells)
    )
    # Images of cells without any nucleus still need both numbers.
    assert cell is not None, "segment() has found at least one cell"
    return float(nucleus or cell / CELL_TO_NUCLEUS), float(cell)


def _no_cells(image: Image, config: SegmentationBase) -> NoCellsError:
    channel = config.nuclei_channel or image.channels[0]
    return NoCellsError(
        where=f"image {image.name}",
        expected="at least one cell",
        found=f"none in channel {channel!r} ({image.shape[0]} × {image.shape[1]} px, "
        f"values {image.channel(channel).min():g} to {image.channel(channel).max():g})",
        fix="set `nuclei_channel` of the segmentation to the channel with bright nuclei and "
        "`nucleus_diameter_px` to their size, or remove the image from samples.tsv",
    )
