"""Config of the reference label maps."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cytoforge.config.base import Name, Section

Bounds = Annotated[tuple[float, ...], Field(min_length=1)]


class CustomLevel(Section):
    """One level of a custom table; levels are painted in order, later ones win."""

    name: Name
    """Name of the level."""
    region: Literal["gap", "background", "cytoplasm", "cell_rim", "nucleus", "nucleus_rim"]
    """Which pixels it takes."""
    layer: int | None = Field(None, ge=0)
    """For `cytoplasm`: only cells of this layer (0 is the darkest). Null: all cells."""


class LayerBoundsConfig(Section):
    mode: Literal["training", "per_image", "fixed", "original"] = "training"
    """Where the grey values that divide cells into layers come from: tertiles over all
    `training` cells (one file for all images), `per_image` tertiles, `fixed` values, or
    `original` (tertiles of the first image only, as the original did, for comparison)."""
    inner: Bounds | None = None
    """Fixed bounds between layers on the 0–255 scale, e.g. [60, 70] (mode `fixed`)."""
    outer: tuple[float, float] | None = None
    """Outermost bounds on the 0–255 scale. For 9 levels in modes other than `fixed`, null takes
    the 6.5 % and 95 % quantiles; the original used [55, 95]."""

    @model_validator(mode="after")
    def _fixed_has_values(self) -> "LayerBoundsConfig":
        if self.mode == "fixed" and self.inner is None:
            raise ValueError("mode `fixed` needs `inner`, e.g. [60, 70]")
        ordered = [*(self.outer or ())[:1], *(self.inner or ()), *(self.outer or ())[1:]]
        if sorted(set(ordered)) != ordered:
            raise ValueError(f"bounds must rise strictly, not {ordered}")
        return self


class ReferenceConfig(Section):
    segmentation: Name
    """Name of a block in `segmentations`."""
    levels: Literal[4, 7, 9] | tuple[CustomLevel, ...] = 4
    """4, 7 or 9 levels (the gap, code 0, is not counted), or a custom table."""
    layer_channel: str | None = None
    """Channel whose mean grey value sorts cells into layers. Null: the cytoplasm channel."""
    bounds: LayerBoundsConfig = LayerBoundsConfig()
    """How the layers are divided (7, 9 and custom levels)."""
    rim_dilation_px: int = Field(0, ge=0, le=20)
    """Widen cell rims by this many pixels (the original: 1 for 4 levels, 0 for 7 and 9)."""
    nucleus_rim: Literal["separate", "merged"] = "merged"
    """`merged`: rim pixels belong to the nucleus; `separate`: they get their own code (7 and 9
    levels), or keep what lies beneath (4 levels, as the original's code does)."""
    edge_rims: bool = False
    """Draw a rim where a cell is cut by the edge of the image."""
