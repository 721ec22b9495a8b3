"""Config of `hovernet`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cytoforge.config.base import later, number
from cytoforge.config.problem import mistake
from cytoforge.config.training import FILTERS
from cytoforge.models.instance_config import InstanceTraining

Units = Annotated[int, Field(ge=1, le=64)]
WIDER_PX = {"fast": 0, "original": 6}
"""What the network's first layer takes off a side, which then is a multiple of `size_multiple`."""
KERNEL_PX = {"fast": 3, "original": 5}
LEAST_OUTPUT_PX = 16


class HoVerNetConfig(InstanceTraining):
    mode: Literal["fast", "original"] = "fast"
    """Of the public implementation: `fast` has kernels of 3 × 3 px and gives 164 px for 256;
    `original` has 5 × 5 px and gives 80 px for 270, as in the paper."""
    width: int = number(64, ge=8, le=512, multiple_of=8, why=FILTERS)
    """Channels of the first layer, of which all others are multiples."""
    blocks: tuple[Units, Units, Units, Units] = Field(
        (3, 4, 6, 3), json_schema_extra={"why": FILTERS}
    )
    """Residual units of the encoder at full size, a half, a quarter and an eighth of it."""
    dense: tuple[Units, Units] = Field((8, 4), json_schema_extra={"why": FILTERS})
    """Units of each decoder's dense blocks, at a quarter and at half of the size. With the
    published ones, width and blocks there are 33.6 million parameters, 37.6 with six types; with a
    width of 8, blocks [1, 2, 2, 2] and dense [1, 1] 0.36 million."""
    types: bool = False
    """Whether nuclei are also told into the classes of the data set's label maps, whose first class
    is the ground; for a reference with `column`."""
    frozen_fraction: float = Field(0.0, ge=0, lt=1)
    """Fraction of training, its first phase, in which the residual units of the encoder stay as
    they are (its first convolution and shortcuts learn on, as in the public implementation) while
    the decoders learn; the learning rate then begins again. Only where there is `initial`: a
    decoder learns nothing from an encoder of random weights."""
    initial: str | None = None
    """Folder of a trained `hovernet` of the same mode, width and units that training goes on from,
    e.g. one that `python -m cytoforge.import_weights hovernet` wrote. A decoder of types for other
    classes begins at random. Null: random weights."""
    window_px: int | None = number(None, ge=64, le=8192, why="a window is computed in one piece")
    """Side of what the network sees at once of a field; the public implementation has 256, and 270
    with `original`. Null: at most 512, as few and as small as cover the field."""
    nucleus_probability: float = later(0.5, gt=0, lt=1)
    """Probability from which a pixel belongs to a nucleus, kept with the model; 0.5 in the public
    implementation. Choose it on validation images."""
    sees: Literal["channels", "phase", "stain", "colours"] = "colours"
    """As for all that learn instances; public weights have seen `colours`, with
    `images.normalisation.method: none`."""
    select_by: str | None = "pq"
    """The validation score that chooses the checkpoint kept: `pq`, `f1`, `ap` or `last`."""

    @model_validator(mode="after")
    def _a_window_that_fits(self) -> "HoVerNetConfig":
        side = self.window_px
        nearest = max(self.side_from(side), self.least_crop_px) if side else side
        if side != nearest:
            raise mistake(
                f"must be {nearest}: with `mode: {self.mode}` and these units a side is a multiple"
                f" of {self.size_multiple}"
                + f" and {WIDER_PX[self.mode]} more" * (WIDER_PX[self.mode] > 0)
                + f", {self.least_crop_px} at least",
                "window_px",
            )
        return self

    @property
    def needs(self) -> tuple[str, ...]:
        """The label maps too, where they hold the types."""
        planes = super().needs
        return (*planes, "labels") if self.types and "labels" not in planes else planes

    @property
    def size_multiple(self) -> int:
        """Three halvings."""
        return 8

    @property
    def smallest_tile_px(self) -> int:
        """A crop gives an output of some px."""
        return int(-(-self.least_crop_px / self.scale // 16) * 16)

    @property
    def restarts(self) -> tuple[float, ...]:
        """The end of the phase in which the encoder is frozen."""
        return (self.frozen_part,) if self.frozen_part else ()

    @property
    def frozen_part(self) -> float:
        """Fraction of training in which the encoder is frozen."""
        return self.frozen_fraction if self.initial is not None else 0.0

    @property
    def border_px(self) -> int:
        """How much larger, in all, a side of the input is than that of the output."""
        lost = [(KERNEL_PX[self.mode] - 1) * (1 + units) for units in self.dense]
        return 4 * lost[0] + 2 * lost[1] + WIDER_PX[self.mode]

    @property
    def least_crop_px(self) -> int:
        """Smallest side of what a step sees of a tile."""
        return self.side_from(self.border_px + LEAST_OUTPUT_PX)

    def side_from(self, pixels: float) -> int:
        """Return the smallest side of an input that is not below `pixels`."""
        wider, multiple = WIDER_PX[self.mode], self.size_multiple
        return int(-(-(pixels - wider) // multiple)) * multiple + wider

    def crop_of(self, tile_px: int) -> int:
        """Return the side of what a step sees of each tile, no more than there is of it."""
        whole = tile_px * self.scale
        wanted = min(self.crop_px or super().crop_of(tile_px), whole)
        return max(self.side_from(wanted - self.size_multiple + 1), self.least_crop_px)

    def initial_files(self) -> dict[str, Path]:
        """Return the weights that training goes on from."""
        if self.initial is None:
            return {}
        folder = Path(self.initial)
        return {"initial": folder / "model.safetensors", "initial_model": folder / "model.json"}


CONFIG = HoVerNetConfig
