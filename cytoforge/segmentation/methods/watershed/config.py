"""Config of the watershed, the method that needs nothing but the image."""

from typing import Literal

from pydantic import Field

from cytoforge.config.segmentation import SegmentationBase


class WatershedConfig(SegmentationBase):
    """Nuclei that are bright (or dark) on their ground, and cells around them."""

    method: Literal["watershed"] = "watershed"
    """Seeded watershed of scikit-image; needs nothing but the image."""
    polarity: Literal["bright", "dark", "auto"] = "bright"
    """Whether nuclei are brighter or darker than their ground in `nuclei_channel`. `auto`: told
    from each image, and the method's text says which."""
    min_nucleus_area: float = Field(0.15, ge=0, le=1)
    """Nuclei smaller than this fraction of a typical nucleus' area are removed."""
    seed_smoothing: float = Field(0.14, gt=0, le=1)
    """Smoothing before seeds are sought, in nucleus diameters. Larger: fewer split nuclei;
    smaller: fewer merged ones."""
    local_threshold: float = Field(0.5, ge=0, le=1)
    """Weight of the local threshold against the global one."""


CONFIG = WatershedConfig
