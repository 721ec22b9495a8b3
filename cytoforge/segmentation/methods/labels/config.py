"""Config of label images that the user has, from whatever tool made them."""

from typing import Literal

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.samples import Sample


class LabelsConfig(SegmentationBase):
    """Columns of samples.tsv with the label images."""

    method: Literal["labels"] = "labels"
    """The user's own label images, named in samples.tsv."""
    nuclei_column: str | None = "nuclei_labels"
    """Column of samples.tsv with the path of the nuclei's label image; null: no nuclei."""
    cells_column: str | None = "cells_labels"
    """Column of samples.tsv with the path of the cells' label image; null: nuclei only."""


CONFIG = LabelsConfig


def label_columns(config: SegmentationBase, sample: Sample) -> dict[str, str]:
    """Return an image's label files by column; empty for methods that segment by themselves."""
    if not isinstance(config, LabelsConfig):
        return {}
    named = [column for column in (config.nuclei_column, config.cells_column) if column]
    return {column: sample.columns[column] for column in named if sample.columns.get(column)}
