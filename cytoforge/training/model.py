"""What a model is to the training loop: networks, losses, and one step."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from cytoforge.config.training import TrainingConfig


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


class Model(Protocol):
    """A trainable model. The loop saves and restores everything in the two dictionaries."""

    networks: dict[str, nn.Module]
    """Networks by name; `generator` is the one that is averaged, validated and kept."""
    optimisers: dict[str, torch.optim.Optimizer]
    """Optimisers by name; the loop sets their learning rate."""

    def step(self, labels: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Update every network once.

        Parameters
        ----------
        labels : uint8 tensor of shape (B, H, W)
        real : float32 tensor of shape (B, C, H, W) in [-1, 1]

        Returns
        -------
        detached scalar losses by name, in the order of the history's columns
        """
        ...

    def generate(self, network: nn.Module, labels: Tensor) -> Tensor:
        """Return images (B, C, H, W) in [-1, 1] that `network`, a generator, makes of labels."""
        ...
