"""The user's own label images, from whatever tool made them."""

import logging

import numpy as np
from skimage.segmentation import relabel_sequential

from cytoforge.config.objects import GAP
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.identity import count_dropped, share_ids
from cytoforge.segmentation.label_file import read_instances_of, read_mask
from cytoforge.segmentation.methods.labels.config import LabelsConfig

logger = logging.getLogger(__name__)


def segment(
    image: Image, config: LabelsConfig, sample: Sample | None
) -> tuple[dict[str, np.ndarray], str]:
    """Return nuclei and cells with common ids, other objects, int32 (Y, X), and the method's text.

    Ids of the two files need not be related: a nucleus belongs to the cell that covers most of
    it, is clipped to it, and a cell keeps its largest nucleus. Of an image without a file of
    nuclei the cells have none; without one of cells its nuclei stand for them. Other objects keep
    ids of their own.

    Raises
    ------
    UserError : no file named, or a file that is no label image of this image
    """
    notices: list[str] = []
    nuclei = _read_column(image, config.nuclei_column, "nuclei_column", sample, notices)
    cells = _read_column(image, config.cells_column, "cells_column", sample, notices)
    if nuclei is None and cells is None:
        raise UserError(
            where=f"samples.tsv, image {image.name}",
            expected="the path of a label image in the column that "
            f"`nuclei_column` ({config.nuclei_column}) or `cells_column` ({config.cells_column}) "
            "of the segmentation names",
            found="neither column filled",
            fix="add the column to samples.tsv, or choose another segmentation method",
        )
    own, dropped = _of_one_cell(nuclei, cells)
    further = {
        name: _further(image, column, name, sample, notices)
        for name, column in config.further_columns.items()
    }
    if dropped:
        notices.append(_left_out(image.name, dropped))
    arrays = {**own, **further, **_gap(image, config, sample)}
    found = {name: array for name, array in arrays.items() if name in config.found}
    return found, ", ".join(["labels", *notices])


def _of_one_cell(
    nuclei: np.ndarray | None, cells: np.ndarray | None
) -> tuple[dict[str, np.ndarray], int]:
    """Return nuclei and cells with common ids, and how many nuclei were left out."""
    if nuclei is None or cells is None:
        alone = nuclei if cells is None else cells
        assert alone is not None
        numbered = relabel_sequential(alone)[0].astype(np.int32)
        nothing = np.zeros_like(numbered)
        return {"nuclei": nothing if nuclei is None else numbered, "cells": numbered}, 0
    matched, shared = share_ids(nuclei, cells)
    return {"nuclei": matched, "cells": shared}, count_dropped(nuclei, matched)


def _gap(image: Image, config: LabelsConfig, sample: Sample | None) -> dict[str, np.ndarray]:
    """Return the mask of the gap where a column is named for it; none where it holds no file."""
    if config.gap_column is None:
        return {}
    path = sample.columns.get(config.gap_column, "").strip() if sample else ""
    if not path:
        return {GAP: np.zeros(image.shape, bool)}
    named_in = f"samples.tsv, column {config.gap_column} (`gap_column`)"
    return {GAP: read_mask(path, image.shape, named_in)}


def _further(
    image: Image, column: str, name: str, sample: Sample | None, notices: list[str]
) -> np.ndarray:
    """Return other objects with ids from 1 on; none where the table names no file."""
    labels = _read_column(image, column, f"further_columns.{name}", sample, notices)
    if labels is None:
        return np.zeros(image.shape, np.int32)
    numbered: np.ndarray = relabel_sequential(labels)[0].astype(np.int32)
    return numbered


def _left_out(image: str, dropped: int) -> str:
    noun = "nucleus" if dropped == 1 else "nuclei"
    logger.warning(
        "%s: %d %s left out (outside every cell, or a second one in a cell)", image, dropped, noun
    )
    return f"{dropped} {noun} left out"


def _read_column(
    image: Image, column: str | None, key: str, sample: Sample | None, notices: list[str]
) -> np.ndarray | None:
    """Return the labels of a column, or None when the table names no file there.

    What was made of a mask is added to `notices`.
    """
    path = sample.columns.get(column, "").strip() if sample and column else ""
    if not path:
        return None
    named_in = f"samples.tsv, column {column} (`{key}`)"
    labels, notice = read_instances_of(path, image.shape, named_in)
    if notice:
        notices.append(f"{column} {notice}")
    return labels
