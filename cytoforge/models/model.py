"""What a model is to the training loop: networks, losses, one step, and a sampler that is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from cytoforge.compute.steps import Trainable
from cytoforge.config.training import TrainingConfig
from cytoforge.models.sampler import Planes, Sampler

FeatureLoss = Callable[[Tensor, Tensor], Tensor]
"""Differentiable perceptual loss of two batches, float32 (B, C, H, W) in [-1, 1] → scalar."""


@dataclass(frozen=True)
class ModelSetup:
    """What every model is built from."""

    config: TrainingConfig
    n_codes: int
    channels: int
    seed: int
    device: torch.device
    precision: str = "fp32"
    """`fp32` or `bf16`; `auto` has been decided before."""
    total_steps: int = 1
    """Length of the training, for models whose losses change on the way."""
    micro_batches: int = 1
    """A step's batch is summed over so many, because all at once does not fit into memory."""
    feature_loss: FeatureLoss | None = None
    """VGG features compared; None where there are no weights."""
    code_names: tuple[str, ...] = ()
    """What the codes of label maps are called, in their order."""


class Model(Trainable, Protocol):
    """A trainable model. The loop saves and restores all that is in its dictionaries."""

    rates: dict[str, float]
    """Learning rate of each network as a multiple of the loop's."""
    sampler: Sampler
    """The networks that are averaged, validated and kept, and how they make a sample."""
    losses: ClassVar[Mapping[str, tuple[str, ...]]]
    """Names of reported losses by group: those of one group are drawn in one chart."""

    def sample(self, sampler: Sampler, planes: Planes, seeds: Sequence[int]) -> Tensor:
        """Return what `sampler`, the model's own or its average, makes of tiles in validation.

        Float32 (B, C, H, W) in [-1, 1]; the same planes and seeds, one per tile, always give the
        same sample.
        """
        ...

    def extra_state(self) -> dict[str, Any]:
        """Return what else changes from step to step: tensors and plain values."""
        ...

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Go on where `extra_state` was taken."""
        ...

    def handed_on(self) -> dict[str, Tensor]:
        """Return weights of networks that are not kept, for trainings that go on from this one."""
        ...

    def finish(self, planes: Planes) -> dict[str, Any]:
        """Return what synthesis needs beside the weights, for model.json; given all train tiles."""
        ...
