"""Config of label images that the user has, from whatever tool made them."""

from typing import Literal

from pydantic import Field, field_validator

from cytoforge.config.base import Name
from cytoforge.config.objects import CELLS_AND_NUCLEI, GAP, ObjectType, usual_type
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
    further_columns: dict[Name, str] = Field(default_factory=dict)
    """Other objects by name, e.g. `{spots: spots_labels}`: columns of samples.tsv with the paths of
    their label images. Label maps can have a level of each (`region: spots`)."""

    gap_column: str | None = None
    """Column of samples.tsv with the path of a mask of the gap, e.g. `gap_labels`, where `gap` is
    not looked for: all that is not 0 is gap. Images without a file have none."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of samples.tsv that may name an image's label files."""
        further = self.further_columns.values()
        own = (self.nuclei_column, self.cells_column, *further, self.gap_column)
        return tuple(column for column in own if column)

    @property
    def found(self) -> dict[str, ObjectType]:
        """Nuclei, cells, further objects and the gap, each where a column is named for it."""
        columns = {"nuclei": self.nuclei_column, "cells": self.cells_column}
        own = {name: kind for name, kind in CELLS_AND_NUCLEI.items() if columns[name]}
        if "cells" not in own and "nuclei" in own:
            own["nuclei"] = ObjectType()
        further = {name: ObjectType() for name in self.further_columns}
        gap = {GAP: usual_type(GAP)} if self.gap_column else {}
        return {**own, **further, **gap}

    @property
    def learns_from_pixels(self) -> bool:
        """No: labels are read from files."""
        return False

    @field_validator("further_columns")
    @classmethod
    def _names_are_free(cls, columns: dict[str, str]) -> dict[str, str]:
        if taken := set(columns) & {*CELLS_AND_NUCLEI, GAP}:
            raise ValueError(f"names of other objects, not {', '.join(sorted(taken))}")
        return columns


CONFIG = LabelsConfig


def label_columns(config: SegmentationBase, sample: Sample) -> dict[str, str]:
    """Return an image's label files by column; empty for methods that segment by themselves."""
    if not isinstance(config, LabelsConfig):
        return {}
    return {name: sample.columns[name] for name in config.columns if sample.columns.get(name)}
