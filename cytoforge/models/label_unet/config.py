"""Config of `label_unet`: a U-Net that names the class of each pixel."""

from typing import Annotated, Literal

from pydantic import Field

from cytoforge.config.base import number
from cytoforge.config.training import FILTERS, WEIGHTS, TrainingConfig

Width = Annotated[int, Field(ge=4, le=1024)]


class LabelUNetConfig(TrainingConfig):
    task: Literal["image_to_labels"] = "image_to_labels"
    """What is learned: label maps of images."""
    widths: tuple[Width, ...] = Field(
        (16, 32, 64, 128), min_length=2, max_length=7, json_schema_extra={"why": FILTERS}
    )
    """Channels of each level, full size first; every further level halves the size."""
    lambda_dice: float = number(1, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the soft Dice loss, in which every class of a batch counts alike, beside the
    cross-entropy, in which every pixel does: small organs would be left out."""

    @property
    def size_multiple(self) -> int:
        """Every level but the first halves."""
        return 1 << (len(self.widths) - 1)

    @property
    def smallest_tile_px(self) -> int:
        """The deepest level keeps 2 × 2 px, of which batch norm takes the spread."""
        return 2 * self.size_multiple


CONFIG = LabelUNetConfig
