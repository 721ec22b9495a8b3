"""Config of whole cells without stained nuclei: phase contrast, DIC, bright field."""

from typing import Literal

from cytoforge.config.base import number
from cytoforge.config.objects import ObjectType
from cytoforge.segmentation.learned.config import LearnedBase


class PhaseConfig(LearnedBase):
    """Whole cells by a small network; nuclei are not seen."""

    method: Literal["phase"] = "phase"
    """Whole cells in phase contrast, DIC or bright field; `cytoplasm_channel` is what is looked
    at, `cell_diameter_px` says how far the image is resized."""
    network: str | None = "phase"
    """A network of resources/networks, or the path of one that `python -m
    cytoforge.segmentation.learned` has trained on. Null: none, cells are where the image is rough
    (local standard deviation), which is right for few cells."""
    min_cell_area: float = number(0.1, ge=0, le=1, why="no cell would be left")
    """Cells smaller than this fraction of a typical cell's area are removed."""

    @property
    def found(self) -> dict[str, ObjectType]:
        """Cells alone: all of a cell counts as cytoplasm."""
        return {"cells": ObjectType()}

    @property
    def other_ways(self) -> str:
        """It knows dark cells in bright halos."""
        return (
            "set `cytoplasm_channel: inverted` for bright cells in dark halos (or leave that out),"
            " correct `cell_diameter_px`, or train the network on with some labelled cells of your"
            " own (README, Your own images)"
        )

    @property
    def what_helps(self) -> str:
        """It may have been told a wrong size, or be shown other cells than it knows."""
        return self.other_ways


CONFIG = PhaseConfig
