"""What a model is to the training loop: networks, losses, and one step."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
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
    draws: dict[str, Tensor] = field(default_factory=dict)
    """Random numbers of the step by name, a row a tile, where `Model.draw` has added them."""

    def rows(self, own: slice | Tensor) -> "Batch":
        """Return some of the tiles."""
        draws = {name: drawn[own] for name, drawn in self.draws.items()}
        return Batch(self.labels[own], self.instances[own], self.real[own], draws)

    @property
    def tensors(self) -> list[Tensor]:
        """All of them, always in the same order."""
        return [self.labels, self.instances, self.real, *self.draws.values()]


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
    bf16: bool
    """Do networks compute in bf16? May be changed between steps."""
    rates: dict[str, float]
    """Each network's share of the learning rate."""
    differentiated_twice: frozenset[str]
    """Networks whose gradients are part of a loss: those cannot be compiled."""

    def step(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Draw, and update; losses as `update` returns them."""
        ...

    def draw(self, batch: Batch) -> Batch:
        """Return the tiles with the step's random numbers, of torch's default generator on the CPU.

        The loop seeds it for each step. Drawn for the tiles of all processes, each its own rows.
        """
        ...

    def update(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Update every network once; return detached scalar losses in the history's order.

        `step` counts from 0; `batch` holds its draws. What is drawn here beside dropout (an image
        pool, a window) keeps a step from being recorded.
        """
        ...

    def kind(self, step: int) -> Hashable | None:
        """Return what kind of step this is, or None where it cannot be recorded.

        Steps of one kind are the same work on the device, so that one recording serves them all.
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
