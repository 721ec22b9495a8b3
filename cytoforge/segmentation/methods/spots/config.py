"""Config of bright points: fluorescent spots, vesicles, single molecules."""

from typing import Literal

from cytoforge.config.base import number
from cytoforge.config.objects import ObjectType
from cytoforge.config.segmentation import SegmentationBase


class SpotsMethodConfig(SegmentationBase):
    """Bright points as small as the optics let them be, by the Laplacian of a Gaussian."""

    method: Literal["spots"] = "spots"
    """Bright points by the Laplacian of a Gaussian, each a disk of `radius_px`; looks at
    `cytoplasm_channel`, whatever it shows. Their label map, `levels: [{name: background, region:
    background}, {name: spot, region: spots}]`, teaches a model to make images of spots."""
    sigma_px: float = number(1.3, gt=0, le=50, why="wider objects are no points")
    """Width of a spot, σ of a Gaussian: 0.21 λ / (NA × pixel size)."""
    threshold: float = number(4.5, ge=0, le=1000, why="nothing would be found")
    """How far above the noise of the filtered image a spot is, in robust standard deviations."""
    radius_px: float = number(3.0, ge=0.5, le=50, why="it is a spot's radius in its mask")
    """Radius of the disk that stands for a spot."""

    @property
    def found(self) -> dict[str, ObjectType]:
        """Spots alone."""
        return {"spots": ObjectType()}

    @property
    def estimates_diameters(self) -> bool:
        """Every spot has the width that is given."""
        return False

    @property
    def other_ways(self) -> str:
        """It knows bright points on a smooth ground."""
        return "set `sigma_px` to the width of a spot, and raise or lower `threshold`"

    @property
    def what_helps(self) -> str:
        """What to do where nothing is found."""
        return "lower `threshold`, correct `sigma_px`, or name the channel in `cytoplasm_channel`"


CONFIG = SpotsMethodConfig
