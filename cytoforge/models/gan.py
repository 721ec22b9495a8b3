"""What the adversarial models share: building networks, and updating them from parts of a batch."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from cytoforge.compute.devices import to_device
from cytoforge.compute.ranks import average_gradients, own_rows, world_size
from cytoforge.models.model import Batch, ModelSetup
from cytoforge.networks.condition import ConditionSpec, build_condition, noise_vectors
from cytoforge.networks.initialisation import init_weights
from cytoforge.seeds import derive_seed

Losses = dict[str, Tensor]


@dataclass
class Part:
    """A share of a step's batch that fits into memory: usually all of it."""

    batch: Batch
    condition: Tensor  # (B, K, H, W)
    share: float  # of the batch's tiles
    kept: Tensor | None = field(default=None, repr=False)  # the generator's image, with its graph


LossOf = Callable[[Part], tuple[Tensor, Losses]]
"""Part → (what is minimised, losses to report)."""


class GanModel:
    """A generator and its discriminators. A model adds networks, losses and `update`."""

    differentiated_twice: frozenset[str] = frozenset()

    def __init__(self, setup: ModelSetup, spec: ConditionSpec) -> None:
        self.setup, self.spec, self.device = setup, spec, setup.device
        self.bf16 = setup.precision == "bf16"
        self.layout = torch.channels_last if setup.config.channels_last else torch.contiguous_format
        self.networks: dict[str, nn.Module] = {}
        self.optimisers: dict[str, torch.optim.Optimizer] = {}
        self.rates: dict[str, float] = {}

    def add(
        self, name: str, network: nn.Module, init: Callable[[nn.Module, int], None] = init_weights
    ) -> None:
        """Draw a network's weights, move it to its device and give it an optimiser."""
        init(network, derive_seed(self.setup.seed, "init", name))
        network.to(self.device, memory_format=self.layout)  # type: ignore[call-overload]
        self.networks[name] = network
        config = self.setup.config
        self.rates[name] = config.discriminator_rate if name.startswith("discriminator") else 1
        # fused: one pass over weights and moments; 6 % of a step on 2 cores at batch 1.
        self.optimisers[name] = torch.optim.Adam(
            network.parameters(),
            lr=config.learning_rate,
            betas=(config.beta1, config.beta2),
            fused=True,
        )

    def step(self, batch: Batch, step: int) -> Losses:
        """Draw, and update."""
        return self.update(self.draw(batch), step)

    def draw(self, batch: Batch) -> Batch:
        """Return the tiles with their rows of what is drawn for all processes' tiles."""
        drawn = self.draws(len(batch.labels) * world_size())
        own = {name: to_device(own_rows(rows), self.device) for name, rows in drawn.items()}
        return replace(batch, draws=own)

    def draws(self, size: int) -> dict[str, Tensor]:
        """Draw a step's random numbers for so many tiles, a row a tile."""
        return {"noise": torch.randn(size, self.spec.noise)} if self.spec.noise else {}

    def update(self, batch: Batch, step: int) -> Losses:
        """Update every network once."""
        raise NotImplementedError

    def kind(self, step: int) -> Hashable | None:
        """Return that steps cannot be recorded; models whose steps can say what they depend on."""
        return None

    def parts(self, batch: Batch, noise: str = "noise") -> list[Part]:
        """Divide a batch; `noise` names the draw that the generator is given."""
        size = len(batch.labels)
        found, count = [], min(self.setup.parts, size)
        # Not tensor.chunk: its last part may be missing, and each rank must have as many.
        for first, end in pairwise(k * size // count for k in range(count + 1)):
            part = batch.rows(slice(first, end))
            part = replace(part, real=part.real.contiguous(memory_format=self.layout))
            condition = self.condition(part, part.draws.get(noise))
            found.append(Part(part, condition, (end - first) / size))
        if len(found) == 1:
            with self.arithmetic():
                found[0].kept = self.forward(found[0])
        return found

    def condition(self, batch: Batch, noise: Tensor | None) -> Tensor:
        """Return the generator's input in training, (B, K, H, W)."""
        made = build_condition(self.spec, batch.labels, batch.instances, noise)
        return made.contiguous(memory_format=self.layout)

    def forward(self, part: Part) -> Tensor:
        """Return the generator's image of a part, (B, C, H, W)."""
        image: Tensor = self.networks["generator"](part.condition)
        return image

    def fake(self, part: Part, grad: bool = True) -> Tensor:
        """Return the image a part's losses judge; made again for each when memory is short.

        With `grad` False it is cut off from the generator.
        """
        if part.kept is not None:
            return part.kept if grad else part.kept.detach()
        with nullcontext() if grad else torch.no_grad():
            return self.forward(part)

    def optimise(self, names: Sequence[str], parts: Sequence[Part], loss: LossOf) -> Losses:
        """Update networks once by the mean of a loss over parts; return its named losses.

        While the generator learns all other networks are frozen, which saves gradients that nobody
        would use.
        """
        others = [net for name, net in self.networks.items() if name not in names]
        for name in names:
            self.optimisers[name].zero_grad(set_to_none=True)
        found: Losses = {}
        with frozen(*others) if "generator" in names else nullcontext():
            for part in parts:
                with self.arithmetic():
                    total, reported = loss(part)
                (total if part.share == 1 else total * part.share).backward()
                for name, value in reported.items():
                    found[name] = found.get(name, 0) + value.detach() * part.share
        average_gradients(self.networks[name] for name in names)
        for name in names:
            self.optimisers[name].step()
        return found

    def generate(
        self, network: nn.Module, labels: Tensor, instances: Tensor, seeds: Sequence[int]
    ) -> Tensor:
        """Return images (B, C, H, W), float32 in [-1, 1], of labels (B, H, W)."""
        noise = noise_vectors(seeds, self.spec.noise).to(self.device) if self.spec.noise else None
        condition = build_condition(self.spec, labels, instances, noise)
        with self.arithmetic():
            image: Tensor = network(condition.contiguous(memory_format=self.layout))
        return image.float()

    def outputs(self, network: nn.Module, batch: Batch, seeds: Sequence[int]) -> Tensor:
        """Return the images that `network` makes of the tiles' label maps."""
        return self.generate(network, batch.labels, batch.instances, seeds)

    def targets(self, batch: Batch) -> Tensor:
        """Return the real images."""
        return batch.real

    def extra_state(self) -> dict[str, Any]:
        """Return nothing: all that changes is in networks and optimisers."""
        return {}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Restore nothing."""

    def finish(self, labels: Tensor, instances: Tensor, images: Tensor) -> dict[str, Any]:
        """Return nothing: the weights are all that synthesis needs."""
        return {}

    def arithmetic(self) -> torch.autocast:
        """Return the context in which networks compute."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)


@contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """Hold networks still: gradients go through them, and none is made for them."""
    for network in networks:
        network.requires_grad_(False)
    try:
        yield
    finally:
        for network in networks:
            network.requires_grad_(True)
