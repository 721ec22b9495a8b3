"""Config of `mask_rcnn`."""

from typing import Literal

from pydantic import Field, field_validator

from cytoforge.config.base import number
from cytoforge.config.training import FILTERS
from cytoforge.models.instance_config import InstanceTraining


class MaskRCNNConfig(InstanceTraining):
    backbone: Literal["resnet18", "resnet34", "resnet50"] = "resnet50"
    """Encoder, from random weights, with group norm. With `resnet18`, 256 channels and colour
    images the whole network has 30.9 million parameters, with `resnet34` 41.0, with `resnet50`
    44.0."""
    channels: int = number(256, ge=8, le=512, multiple_of=8, why=FILTERS)
    """Channels of the feature pyramid and of the heads of boxes and masks."""
    smallest_anchor_px: float = number(
        8, ge=2, le=256, why="objects between two sizes of anchors are found from either"
    )
    """Side of the smallest boxes from which objects are sought, as the network sees them; four
    further sizes are twice as large each. Half the diameter of the smallest objects."""
    boxes: int = number(
        64, ge=8, le=4096, why="more are sampled than a crop has, and all that is left is ground"
    )
    """Boxes per crop that each stage learns from, at most a quarter of them (of the first stage:
    half) on objects: some times the objects of a crop. torchvision's 512 are for photographs of
    800 px."""
    detections: int = number(
        500, ge=1, le=5000, why="masks of all of them are in memory at once, as large as the window"
    )
    """Objects per window at most."""
    window_px: int = number(384, ge=64, le=4096, why="a window is computed in one piece")
    """Side of what the network sees at once of a field. Windows overlap by half of it, and an
    object is taken from the window whose middle it is nearest to: it is whole there where it is no
    wider than half of the window."""
    learning_rate: float = number(5e-4, gt=0, le=10, why="no network learns in larger steps")
    """AdamW's learning rate."""
    ignore_label: str | None = None
    """Always null: the network learns from whole objects, and takes all else for ground."""
    precision: Literal["fp32", "bf16", "auto"] = "fp32"
    """Arithmetic, as for all models; on CPUs always `fp32`."""
    least_score: float = Field(0.5, gt=0, lt=1)
    """Probability from which a box counts as an object."""

    @field_validator("ignore_label")
    @classmethod
    def _all_is_labelled(cls, level: str | None) -> str | None:
        if level is not None:
            raise ValueError(
                "mask_rcnn takes all that is not labelled for ground; use `unet` or `hovernet`"
                " where parts of images are not labelled"
            )
        return level

    @property
    def has_maps(self) -> bool:
        """No: boxes and masks."""
        return False

    @property
    def size_multiple(self) -> int:
        """The coarsest features are those of 32 px."""
        return 32


CONFIG = MaskRCNNConfig
