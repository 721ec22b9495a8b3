"""Settings of all models that learn instance labels of images."""

from typing import Literal

from pydantic import Field

from cytoforge.config.base import number
from cytoforge.config.training import TrainingConfig

ZOOM = 1.5  # about the factor by which tiles are made larger or smaller at most


class InstanceTraining(TrainingConfig):
    """A network that marks interior, rim and ground of objects, and how deep a pixel lies."""

    task: Literal["image_to_instances"] = "image_to_instances"
    """What is learned: instance labels of images."""
    sees: Literal["channels", "phase", "stain", "colours"] = "channels"
    """What the network is shown: all `channels` as they were scaled when the images were read;
    `phase`: the first channel without shading, in standard deviations; `stain`: the light that
    comes through, of red, green and blue, as a fraction of the slide's white; `colours`: red, green
    and blue as they were scaled when the images were read."""
    scale: float = number(1.0, gt=0, le=8, why="pixels are invented above")
    """Tiles, and later images, are resized by this before the network sees them; 0.5 for cells of
    50 px, as in the training of `pretrained/phase`."""
    crop_px: int | None = number(None, ge=16, le=4096, why="it is a part of a tile")
    """Side of the part of a tile that a step learns from, after `scale`. Null: two thirds of it,
    which leaves room for resizing."""
    other_labs: bool = True
    """Every tile is also resized by 0.65 to 1.5 (`stain`, `colours`: 1.7), and lit and focused as
    another lab would; with these two also stained so, by c' = a c + b (Tellez et al. 2018), some as
    IHC (`ihc`)."""
    ihc: float = Field(0.25, ge=0, le=1)
    """Fraction of tiles that `other_labs` changes to what immunohistochemistry of the same section
    could show, with `stain` and `colours`. 0: the network learns H&E alone, and better, and does
    not know IHC."""
    ignore_label: str | None = None
    """Level of the reference (`levels`) that marks pixels nobody has labelled. They weigh nothing
    in the loss and nothing in validation. Null: none."""
    learning_rate: float = number(3e-3, gt=0, le=10, why="no network learns in larger steps")
    """AdamW's learning rate."""
    weight_decay: float = Field(1e-3, ge=0, le=1)
    """AdamW's weight decay."""
    beta1: float = Field(0.9, ge=0, lt=1)
    """AdamW's first momentum."""
    batch_size: int = number(8, ge=1, le=4096, why="all tiles of a batch are in memory at once")
    """Tiles per step, over all processes."""
    schedule: Literal["linear", "constant", "step", "cosine", "plateau"] = "cosine"
    """Learning rate: `cosine` falls along half a cosine; the others as for all models."""
    augment: Literal["none", "flip", "flip_rotate"] = "flip_rotate"
    """Geometric augmentation; image and labels always together."""
    ema_decay: float = Field(0.995, ge=0, lt=1)
    """Moving average of the weights, which is validated and kept; 0: off."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Images, instances, and the label maps where they mark what is unlabelled."""
        return ("images", "instances", *(("labels",) if self.ignore_label else ()))

    @property
    def has_maps(self) -> bool:
        """Whether what the network says of an image is maps, whose mean can be taken."""
        return True

    @property
    def smallest_tile_px(self) -> int:
        """The deepest level keeps 2 × 2 px of a crop."""
        shortest = 2 * self.size_multiple / self.scale
        return int(-(-shortest * ZOOM // 16) * 16)

    def crop_of(self, tile_px: int) -> int:
        """Return the side of what a step sees of each tile, a multiple of `size_multiple`."""
        wanted = self.crop_px or tile_px * self.scale / ZOOM
        return max(int(wanted // self.size_multiple), 1) * self.size_multiple

    def channels_seen(self, channels: int) -> int:
        """Return the channels of the network's input for images of so many."""
        return {"phase": 1, "stain": 3, "colours": 3}.get(self.sees, channels)
