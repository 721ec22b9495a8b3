"""Settings of the shape model."""

from typing import Literal

from pydantic import Field

from cytoforge.config.base import Section, number


class ShapesConfig(Section):
    """Outlines of the training cells and nuclei, varied as Fourier descriptors, laid out as they
    lie."""

    gap: Literal["learned", "none", "strip", "circle", "ellipse"] = "learned"
    """The cell-free gap: `learned`: where the rule of the segmentation finds it among the drawn
    cells, as in real images; `none`; or a wound of that form, free of cells (`gap_fraction`), with
    the gap there alone."""
    gap_fraction: float = Field(0.3, gt=0, lt=1)
    """Fraction of the field that a `strip`, `circle` or `ellipse` covers, at most what fits."""
    gap_roughness: float = number(0.5, ge=0, le=5, why="it is in cell diameters")
    """How far the border of that form strays, in cell diameters."""
    density: float = number(1.0, gt=0, le=3, why="no more cells fit")
    """Cells per area outside the gap, as a multiple of the training fields'."""
    variety: float = Field(0.15, ge=0, le=1)
    """How far outlines differ from those of training: 0 draws these, 1 changes each as far as
    training's outlines differ from one another."""


CONFIG = ShapesConfig
