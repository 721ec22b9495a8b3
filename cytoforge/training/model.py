"""What a model is to the training loop: networks, losses, and one step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from cytoforge.config.training import TrainingConfig
from cytoforge.networks.condition import ConditionSpec

FeatureLoss = Callable[[Tensor, Tensor], Tensor]
"""Differentiable perceptual loss of two batches, float32 (B, C, H, W) in [-1, 1] → scalar."""


@dataclass(frozen=True)
class Batch:
    """Tiles of one step, of this process."""

    labels: Tensor
    """uint8 (B, H, W), codes."""
    instances: Tensor
    """int32 (B, H, W), cells numbered within their tile, 0: none."""
    real: Tensor
    """float32 (B, C, H, W) in [-1, 1]."""

    def rows(self, own: slice | Tensor) -> "Batch":
        """Return some of the tiles."""
        return Batch(self.labels[own], self.instances[own], self.real[own])


@dataclass(frozen=True)
class ModelSetup:
    """What every model is built from."""

    config: TrainingConfig
    n_codes: int
    channels: int
    seed: int
    device: torch.device
    precision: str = "fp32"
    """`fp32` or `bf16`; `auto` has been settled before."""
    total_steps: int = 1
    """Length of the training, for models whose losses change on the way."""
    parts: int = 1
    """A step's batch is summed in so many parts, because all at once does not fit into memory."""
    feature_loss: FeatureLoss | None = None
    """VGG features compared; None where there are no weights."""


class Model(Protocol):
    """A trainable model. The loop saves and restores all that is in its dictionaries."""

    spec: ConditionSpec
    networks: dict[str, nn.Module]
    """Networks by name; `generator` is the one that is averaged, validated and kept."""
    optimisers: dict[str, torch.optim.Optimizer]
    """Optimisers by the name of their network; the loop sets the learning rate."""
    same_every_step: bool
    """Is a step the same work on the device whatever its number, with no random number drawn on
    the CPU? Then it can be recorded once and replayed."""

    def step(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Update every network once; return detached scalar losses in the history's order.

        `step` counts from 0. Randomness comes from torch's default generator, which the loop seeds
        for each step.
        """
        ...

    def generate(
        self, network: nn.Module, labels: Tensor, instances: Tensor, seeds: Sequence[int]
    ) -> Tensor:
        """Return images (B, C, H, W), float32 in [-1, 1], that `network`, a generator, makes.

        The same labels, instances and seed always give the same image.
        """
        ...

    def outputs(self, network: nn.Module, batch: Batch, seeds: Sequence[int]) -> Tensor:
        """Return what `network`, a generator, makes of tiles, float32 (B, ·, H, W) in [-1, 1].

        Images, by `generate`; a model that predicts label maps gives a channel a code.
        """
        ...

    def targets(self, batch: Batch) -> Tensor:
        """Return what `outputs` should be, float32 (B, ·, H, W) in [-1, 1]."""
        ...

    def extra_state(self) -> dict[str, Any]:
        """Return what else changes from step to step: tensors and plain values."""
        ...

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Go on where `extra_state` was taken."""
        ...

    def finish(self, labels: Tensor, instances: Tensor, images: Tensor) -> dict[str, Any]:
        """Return what synthesis needs beside the weights, for model.json; given all train tiles.

        labels uint8 (N, H, W), instances int32 (N, H, W), images float32 (N, C, H, W) in [-1, 1]
        """
        ...
