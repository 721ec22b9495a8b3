"""Config of whole cells without stained nuclei: phase contrast, DIC, bright field."""

from pathlib import Path
from typing import Literal

from cytoforge.config.base import number
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.segmentation.learned.shipped import existing_network

KEY = "network of the segmentation method `phase`"


class PhaseConfig(SegmentationBase):
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
    def estimates_diameters(self) -> bool:
        """No: without a diameter pixels are as large as in training, in every image."""
        return False

    def model_files(self) -> dict[str, Path]:
        """Return the network's file."""
        return {"network": existing_network(self.network, KEY)} if self.network else {}

    @property
    def why_no_cytoplasm(self) -> str:
        """Cells are whole, without nuclei: all of a cell counts as cytoplasm."""
        return ""


CONFIG = PhaseConfig
