"""What a training step is to those who make it fast: tiles in, networks updated, losses out."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Batch:
    """Tiles of one step, of this process: named tensors with one row per tile.

    Attributes
    ----------
    planes : what a data set knows of each tile: `images` float32 (B, C, H, W) in [-1, 1], `labels`
        uint8 (B, H, W), `instances` int32 (B, H, W) numbered within their tile, 0: none
    draws : random numbers of the step by name, where `draw` has added them
    """

    planes: Mapping[str, Tensor]
    draws: Mapping[str, Tensor] = field(default_factory=dict)

    def __getitem__(self, plane: str) -> Tensor:
        return self.planes[plane]

    def __len__(self) -> int:
        return len(next(iter(self.planes.values())))

    def rows(self, own: slice | Tensor) -> "Batch":
        """Return some of the tiles."""
        return Batch(
            {name: plane[own] for name, plane in self.planes.items()},
            {name: drawn[own] for name, drawn in self.draws.items()},
        )

    def clone(self) -> "Batch":
        """Return a copy in memory of its own."""
        return Batch(
            {name: plane.clone() for name, plane in self.planes.items()},
            {name: drawn.clone() for name, drawn in self.draws.items()},
        )

    def copy_(self, other: "Batch") -> None:
        """Write another batch of the same shapes into this one's memory."""
        for mine, given in ((self.planes, other.planes), (self.draws, other.draws)):
            for name, tensor in mine.items():
                tensor.copy_(given[name])


Update = Callable[[Batch, int], dict[str, Tensor]]
"""(tiles with their draws, number of the step) → losses, which the next step may overwrite."""


class Trainable(Protocol):
    """A model as far as its steps go."""

    networks: dict[str, nn.Module]
    """Networks by name."""
    optimisers: dict[str, torch.optim.Optimizer]
    """Optimisers by the name of their network; the loop sets the learning rate."""
    bf16: bool
    """Whether networks compute in bf16; may be changed between steps."""
    differentiated_twice: frozenset[str]
    """Networks whose gradients are part of a loss: those cannot be compiled."""

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

    def graph_key(self, step: int) -> Hashable | None:
        """Return which recording serves a step, or None where it cannot be recorded.

        Steps of one key are the same work on the device.
        """
        ...


Throwaway = Callable[[], tuple[Trainable, Batch]]
"""Builds an untrained model that is like the one to be trained, and empty tiles to try it on."""
