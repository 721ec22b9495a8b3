"""Settings of the control: real training maps, changed."""

from pydantic import Field

from cytoforge.config.base import Section, number


class PerturbedConfig(Section):
    """Real training maps, flipped and turned, deformed, with cells removed, moved and pasted: what
    any other source must be better than in variety, and as good as in everything else."""

    deformation_px: float = number(
        3.0, ge=0, le=100, why="further, cells are torn rather than bent"
    )
    """How far pixels move in the smooth deformation, root mean square."""
    deformation_scale: float = number(2.0, ge=0.5, le=50, why="it is in cell diameters")
    """Width of the Gaussian that smooths it, in cell diameters."""
    removed: float = Field(0.1, ge=0, le=1)
    """Fraction of the cells that are taken away."""
    moved: float = Field(0.1, ge=0, le=1)
    """Fraction of the cells that are moved by up to a diameter, where there is room."""
    pasted: float = Field(0.1, ge=0, le=1)
    """Cells pasted from elsewhere into free ground, as a fraction of those there are."""


CONFIG = PerturbedConfig
