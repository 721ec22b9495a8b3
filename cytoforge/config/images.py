"""Config of the images stage."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from cytoforge.config.base import Once, Section, later, number
from cytoforge.config.problem import mistake
from cytoforge.config.volumes import WINDOWS, Bound, VolumesConfig, WindowName

# Channels head columns of tables that spreadsheets open: no formulas (= + - @), no control
# characters.
ChannelName = Annotated[
    str, StringConstraints(pattern=r"^[^=+\-@'\s\x00-\x1f][^\x00-\x1f\x7f]*$", max_length=80)
]


MAX_PIXEL_UM = 10_000


class NormalisationConfig(Section):
    method: Literal["percentile", "minmax", "none", "window", "body"] = "percentile"
    """How grey values map to 0–1 for networks and layer bounds; the stored pixels never change.
    `percentile` ignores single hot pixels; `minmax` is what the original pipeline did; `none`
    divides by the type's maximum (float images must already lie in 0–1). For volumes: `window`, the
    same two numbers everywhere (CT); `body`, percentiles `low` and `high` of the body of a whole
    volume, never of a slice (MR)."""
    window: WindowName | Annotated[tuple[Bound, Bound], Once] | None = later(
        None, json_schema_extra={"why": "no grey value is larger"}
    )
    """Grey values that become 0 and 1 (method `window`): two numbers, e.g. [-1000, 1000], or a
    name, in Hounsfield units: `ct` (-1000 to 1000), `ct_wide` (-1024 to 1600), `soft_tissue` (-160
    to 240), `lung` (-1350 to 150), `bone` (-500 to 1300), `brain` (0 to 80), `mediastinum` (-125 to
    225), `liver` (-20 to 140)."""
    low: float = number(0.1, ge=0, le=100, why="it is a percentile")
    """Percentile that becomes 0 (method `percentile`)."""
    high: float = number(99.9, ge=0, le=100, why="it is a percentile")
    """Percentile that becomes 1 (method `percentile`)."""

    @model_validator(mode="after")
    def _ordered(self) -> "NormalisationConfig":
        if self.low >= self.high:
            raise mistake(f"low ({self.low:g}) must be below high ({self.high:g})", "low")
        if (self.method == "window") != (self.window is not None):
            raise mistake("`method: window` and `window` go together, e.g. window: ct", "window")
        if self.method == "window" and self.bounds[0] >= self.bounds[1]:
            message = f"window: {self.bounds[0]:g} must be below {self.bounds[1]:g}"
            raise mistake(message, "window")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """The two ends of the window (method `window`)."""
        assert self.window is not None, "method window has one"
        return WINDOWS[self.window] if isinstance(self.window, str) else self.window


class ImagesConfig(Section):
    channels: Annotated[tuple[ChannelName, ...], Once] = Field(("grey",), min_length=1)
    """Channels to keep, in the order in which models produce them. Each is a column of
    samples.tsv (one file per channel) or a channel of the file in column `path`."""
    normalisation: NormalisationConfig = NormalisationConfig()
    """How grey values are scaled; recorded in every image, so it can be undone."""
    volumes: VolumesConfig = later(VolumesConfig())
    """Volumes: CT and MR as NIfTI, of which slices become images."""
    shading: Literal["none", "per_image", "per_set"] = "none"
    """Whether uneven light is taken away before images are segmented, searched for a gap and sorted
    into layers. `per_image`: from the low frequencies of each image (of each of its strips by
    itself, where it is cut into strips); `per_set`: one flat field from all training images, for
    images of one shape and one lamp. What was taken away is recorded in the segmentation."""
    correct_pixels: bool = False
    """Whether the stored pixels too, from which models learn, are those without shading. False:
    they stay as the camera gave them."""
    pixel_size_um: float | None = number(
        None, gt=0, le=MAX_PIXEL_UM, why="it is in micrometres, and 10,000 are a centimetre"
    )
    """Pixel size in micrometres for all images. Null: read it from each file or from column
    `pixel_size_um` of samples.tsv."""
    max_megapixels: float = number(
        400, gt=0, le=10_000, why="a channel of 10,000 megapixels takes 40 GB of memory"
    )
    """Refuse an image that declares more pixels than this, or four times as many values in all its
    channels, before any memory is reserved. 400: a slide crop of 20,000 × 20,000."""

    @model_validator(mode="after")
    def _something_to_correct(self) -> "ImagesConfig":
        if self.correct_pixels and self.shading == "none":
            message = "`correct_pixels` needs `shading: per_image` or `shading: per_set`"
            raise mistake(f"{message}, which say how", "correct_pixels")
        return self
