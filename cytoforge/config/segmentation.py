"""Config of the segmentation stage."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, TypeAdapter

from cytoforge.config.base import Section
from cytoforge.config.objects import CELLS_AND_NUCLEI, GAP, ObjectType, usual_type


class GapConfig(Section):
    """The cell-free gap (wound): erode, dilate, erode of the cell-free area.

    Radii given as `*_cells` are multiples of the cell diameter; one given as `*_px` overrules it.
    """

    enabled: bool = True
    """Whether cell-free gaps are segmented."""
    erode_cells: float = Field(2.0, ge=0)
    """First erosion: gaps narrower than twice this vanish (original: 60 px, 31 px cells)."""
    dilate_cells: float = Field(4.5, ge=0)
    """Dilation after it (original: 140 px)."""
    erode_again_cells: float = Field(1.6, ge=0)
    """Second erosion, giving the `middle` gap (original: 50 px)."""
    erode_px: float | None = Field(None, ge=0)
    """First erosion in pixels."""
    dilate_px: float | None = Field(None, ge=0)
    """Dilation in pixels."""
    erode_again_px: float | None = Field(None, ge=0)
    """Second erosion in pixels."""
    floating_cells: Literal["cut_out", "filled"] = "cut_out"
    """Cells floating inside the gap: `cut_out` leaves them as cells, `filled` makes them gap."""


class SegmentationBase(Section):
    nuclei_channel: str | None = None
    """Channel in which nuclei are bright. Null: the first channel."""
    cytoplasm_channel: str | None = None
    """Channel that shows whole cells. Null: the last channel."""
    nucleus_diameter_px: float | None = Field(None, gt=2)
    """Typical nucleus diameter. Null: estimated from each image."""
    cell_diameter_px: float | None = Field(None, gt=2)
    """Typical cell diameter. Null: 1.8 times the nucleus diameter."""
    gap: GapConfig = GapConfig()
    """The cell-free gap."""

    @property
    def found(self) -> dict[str, ObjectType]:
        """What the method itself finds, by name, in the order of the planes."""
        return CELLS_AND_NUCLEI

    @property
    def objects(self) -> dict[str, ObjectType]:
        """All objects that the segmentation will hold: the method's, and the gap between cells."""
        found = self.found
        has_gap = self.gap.enabled and set(CELLS_AND_NUCLEI) <= set(found)
        return {**found, GAP: usual_type(GAP)} if has_gap else found


class WatershedConfig(SegmentationBase):
    method: Literal["watershed"] = "watershed"
    """Seeded watershed of scikit-image; needs nothing but the image."""
    min_nucleus_area: float = Field(0.15, ge=0, le=1)
    """Nuclei smaller than this fraction of a typical nucleus' area are removed."""
    seed_smoothing: float = Field(0.14, gt=0, le=1)
    """Smoothing before seeds are sought, in nucleus diameters. Larger: fewer split nuclei;
    smaller: fewer merged ones."""
    local_threshold: float = Field(0.5, ge=0, le=1)
    """Weight of the local threshold against the global one."""


class LabelsConfig(SegmentationBase):
    method: Literal["labels"] = "labels"
    """The user's own label images, named in samples.tsv."""
    nuclei_column: str | None = "nuclei_labels"
    """Column of samples.tsv with the path of the nuclei's label image; null: no nuclei."""
    cells_column: str | None = "cells_labels"
    """Column of samples.tsv with the path of the cells' label image; null: nuclei only."""


class CellposeConfig(SegmentationBase):
    method: Literal["cellpose"] = "cellpose"
    """Cellpose, in its own environment (envs/cellpose.yaml)."""
    nuclei_model: str = "nuclei"
    """Cellpose model for nuclei: a built-in name or a file."""
    cells_model: str = "cyto"
    """Cellpose model for whole cells: a built-in name or a file."""
    flow_threshold_cells: float = Field(0.9, ge=0)
    """Flow error allowed for cells; higher keeps more masks (original: 0.9)."""
    flow_threshold_nuclei: float = Field(0.4, ge=0)
    """Flow error allowed for nuclei (original: the library's 0.4)."""
    models_dir: str | None = None
    """Folder with the model files. Null: CELLPOSE_LOCAL_MODELS_PATH."""


def _method(section: Any) -> str:
    """Name the method of a raw or typed section; watershed where none is given."""
    given = section.get("method") if isinstance(section, dict) else getattr(section, "method", None)
    return "watershed" if given is None else str(given)


SegmentationConfig = Annotated[
    Annotated[WatershedConfig, Tag("watershed")]
    | Annotated[LabelsConfig, Tag("labels")]
    | Annotated[CellposeConfig, Tag("cellpose")],
    Discriminator(_method),
]


def parse_segmentation(settings: dict[str, Any]) -> SegmentationConfig:
    """Return the section of the method that `settings` names."""
    section: SegmentationConfig = TypeAdapter(SegmentationConfig).validate_python(settings)
    return section
