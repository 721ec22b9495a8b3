"""Settings of all models that draw label maps of noise: the StyleGANs."""

import math
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator, model_validator

from cytoforge.config.base import number
from cytoforge.config.problem import Mistakes, Problem
from cytoforge.config.training import FILTERS, WEIGHTS, TrainingConfig

if TYPE_CHECKING:
    from cytoforge.models.soft_maps import MapFormat

SMALLEST_PX = 16
PER_KIMG = 1000


class StyleGanTraining(TrainingConfig):
    """A generator of label maps, and a discriminator that sees them soft."""

    task: Literal["noise_to_labels"] = "noise_to_labels"
    """What is learned: label maps like those of the data set, of nothing but noise."""
    schedule: Literal["linear", "constant", "step", "cosine", "plateau"] = "constant"
    """Learning rate: `linear` is constant, then falls to 0; `step` is a tenth after every quarter;
    `cosine` falls along half a cosine; `plateau` is a fifth after 5 validations without gain."""
    batch_size: int = number(32, ge=1, le=4096, why="all tiles of a batch are in memory at once")
    """Tiles per step, over all processes. A batch that does not fit into memory is computed in
    micro-batches, whose gradients are summed."""
    learning_rate: float = number(2e-3, gt=0, le=10, why="no network learns in larger steps")
    """Adam's learning rate."""
    beta1: float = Field(0.0, ge=0, lt=1)
    """Adam's first momentum."""
    beta2: float = Field(0.99, ge=0, lt=1)
    """Adam's second momentum."""
    kimg: float | None = number(None, gt=0, le=1_000_000, why="no StyleGAN has seen as many")
    """Length of training in thousands of maps shown to the discriminator: gives `steps`. Null:
    `steps` or `epochs` decide."""
    snapshot_kimg: float | None = number(None, gt=0, le=1_000_000, why="it is a part of `kimg`")
    """Thousands of maps between validations, checkpoints and sample sheets: gives
    `validate_every`. Null: that decides."""
    ema_decay: float = Field(0.99778, ge=0, lt=1)
    """Moving average of the generator's weights used for validation and synthesis; 0: off. The
    default halves in 10 kimg at batch 32, and in as many steps at any other batch, as published."""
    ema_ramp_up: float = number(0.05, ge=0, le=1, why="the average would hold its random start")
    """The average never reaches further back than this fraction of the training so far. 0: the ramp
    that other models have."""
    size_px: int | None = number(None, ge=SMALLEST_PX, le=4096, why="networks double from 4 px")
    """Side of the maps, a power of two: a square of each tile, at a random place. Null: the
    largest that fits into the data set's tiles."""
    output: Literal["probabilities", "grey"] = "probabilities"
    """`probabilities`: a channel per code, with a soft-max. `grey`: one channel, parted between the
    codes' grey values, as the original has it; of a reference with two codes a binary map."""
    distance: bool = True
    """A further channel: each pixel's distance to the outside of its object, in units of the
    object's largest. Instances are found by it (watershed); without it, in the label map."""
    threshold: float = Field(0.5, gt=0, lt=1)
    """Of `grey`: where between the grey values of two codes the one ends. The original's is 0.94
    (240 of 255), which makes its cells too small."""
    latent_channels: int = number(512, ge=1, le=4096, why=FILTERS)
    """Length of the noise vector, and of a style."""
    mapping_layers: int = number(8, ge=1, le=16, why="more learn nothing more")
    """Dense layers from noise to style."""
    channel_base: int = number(32768, ge=16, le=1_048_576, why=FILTERS)
    """Channels of a map times its side, of both networks, but for `channel_max`."""
    channel_max: int = number(512, ge=1, le=4096, why=FILTERS)
    """Most channels of a map."""
    mixing: float = Field(0.9, ge=0, le=1)
    """Probability that a map has two styles, one for its first and one for its last layers."""
    path_weight: float = number(2, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of path length regularisation: equal steps in style are to be equal changes of the
    map; 0: none."""
    path_every: int = number(4, ge=1, le=1_000_000, why="no path would be measured otherwise")
    """It is computed at every so many steps, and weighs as many times as much there."""
    path_decay: float = Field(0.01, gt=0, le=1)
    """How fast the mean path length follows."""
    path_shrink: int = number(2, ge=1, le=64, why="nothing would be left of a batch")
    """It is computed of one of so many maps of a batch."""
    r1_gamma: float | None = number(None, ge=0, le=1_000_000, why=WEIGHTS)
    """Weight of the discriminator's gradient penalty (R1), γ/2 · ‖∇D‖²; 0: none. Null: by the side
    of the maps and the batch, as published; twice or half of it is often better."""
    r1_every: int = number(16, ge=1, le=1_000_000, why="no penalty is computed otherwise")
    """The penalty is computed at every so many steps, and weighs as many times as much there."""
    stddev_group: int = number(4, ge=1, le=256, why="a group is a part of a batch")
    """The discriminator sees how much the maps of groups of so many differ; 1: it does not. Batches
    must be divisible by it."""
    fresh_fakes: bool = True
    """The discriminator learns on new maps of the updated generator, as published. False: on those
    of the generator's own step, which saves one of its passes."""
    ada_target: float = Field(0.6, gt=0, lt=1)
    """Augmentation is made stronger where the discriminator is surer of real maps than this (mean
    sign of its outputs), and weaker else."""
    ada_kimg: float = number(500, ge=0, le=1_000_000, why="it would never begin")
    """Thousands of maps in which the probability of augmentation may rise by 1. Maps are mirrored,
    turned, moved and scaled; they have no colours. 0: none."""
    ada_every: int = number(4, ge=1, le=1_000_000, why="it would never be adjusted")
    """That probability is adjusted at every so many steps."""
    real_blur_px: float = number(0.5, ge=0, le=2, why="rims would be lost")
    """Real maps are blurred by this before the discriminator sees them (SD of a Gaussian)."""
    real_noise: float = Field(0.1, ge=0, lt=1)
    """Real maps' classes are uncertain by up to this: made ones are never certain."""
    blur_px: float = number(0, ge=0, le=64, why="nothing would be seen")
    """Both real and made maps are blurred by this at first, so that coarse structure is learned
    before fine (SD of a Gaussian). 0: none."""
    blur_kimg: float = number(200, gt=0, le=1_000_000, why="it would stay")
    """Thousands of maps in which that blur fades."""

    @model_validator(mode="before")
    @classmethod
    def _count_in_kimg(cls, raw: Any) -> Any:
        """Take steps from thousands of maps, where those are given."""
        if not isinstance(raw, dict):
            return raw
        batch = raw.get("batch_size", cls.model_fields["batch_size"].default)
        found = dict(raw)
        for key, steps in (("kimg", "steps"), ("snapshot_kimg", "validate_every")):
            if isinstance(raw.get(key), int | float) and isinstance(batch, int) and batch > 0:
                count = max(1, math.ceil(raw[key] * PER_KIMG / batch))
                if raw.get(steps) not in (None, count):
                    message = (
                        f"{raw[steps]}, but `{key}: {raw[key]:g}` is {count} steps of {batch}; give"
                        " one of the two, and null for the other"
                    )
                    raise Mistakes([Problem((steps,), message)])
                found[steps] = count
        return found

    @field_validator("size_px")
    @classmethod
    def _power_of_two(cls, value: int | None) -> int | None:
        if value is not None and value & (value - 1):
            raise ValueError(f"must be a power of two, e.g. {largest_power(value)}; got {value}")
        return value

    @model_validator(mode="after")
    def _whole_groups(self) -> "StyleGanTraining":
        own = self.batch_size // self.processes
        if own % self.stddev_group:
            message = (
                f"the discriminator compares groups of {self.stddev_group} maps, and a process has"
                f" {own} of a batch; give a batch_size that is a multiple, or a smaller group"
            )
            raise Mistakes([Problem(("stddev_group",), message)])
        return self

    @property
    def size_multiple(self) -> int:
        """Maps are squares of tiles, whatever their side."""
        return 1

    @property
    def smallest_tile_px(self) -> int:
        """Tiles that hold a map."""
        return self.size_px or SMALLEST_PX

    @property
    def needs(self) -> tuple[str, ...]:
        """Label maps, and distances where they are drawn too."""
        return ("labels", "distances") if self.distance else ("labels",)

    @property
    def discriminator_share(self) -> float:
        """Channels of the discriminator, as a multiple of the generator's."""
        return 1.0

    @property
    def average_ramp_up(self) -> float:
        """How far back the average of the weights reaches at most."""
        return self.ema_ramp_up

    def for_tiles(self, tile_px: int) -> "StyleGanTraining":
        """Return the settings with the side of the maps that is drawn of such tiles."""
        side = self.size_px or largest_power(tile_px)
        return self.model_copy(update={"size_px": side})

    def gamma(self, rule: float) -> float:
        """Return the weight of R1: as given, or `rule` · side² / batch."""
        if self.r1_gamma is not None:
            return self.r1_gamma
        return rule * side_of(self) ** 2 / self.batch_size


def side_of(config: StyleGanTraining) -> int:
    """Return the side of the maps, after `for_tiles` has settled it."""
    assert config.size_px is not None, "training settles it by the tiles"
    return config.size_px


def format_of(config: StyleGanTraining, n_codes: int) -> "MapFormat":
    """Return which channels the maps have."""
    from cytoforge.models.soft_maps import MapFormat  # not above: settings are read without torch

    return MapFormat(n_codes, config.output, config.distance, config.threshold)


def largest_power(value: int) -> int:
    """Return the largest power of two that is not above a number.

    >>> largest_power(192)
    128
    """
    return 1 << (value.bit_length() - 1)
