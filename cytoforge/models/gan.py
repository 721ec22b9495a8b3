"""What the adversarial models have in common: building and updating networks by micro-batches."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from cytoforge.compute.devices import to_device
from cytoforge.compute.ranks import average_gradients, own_rows, world_size
from cytoforge.compute.steps import Batch
from cytoforge.models.model import ModelSetup
from cytoforge.models.sampler import Planes, Sampler
from cytoforge.networks.condition import grain_by, grain_planes, noise_vectors
from cytoforge.networks.initialisation import init_weights
from cytoforge.seeds import derive_seed

Losses = dict[str, Tensor]
Init = Callable[[nn.Module, int], None]


@dataclass
class MicroBatch:
    """As much of a step's batch as fits into memory: usually all of it."""

    batch: Batch
    condition: Tensor  # what generator and discriminators see, (B, K, H, W)
    target: Tensor  # what it should make, (B, C, H, W) in [-1, 1]
    weight: float  # fraction of the batch's tiles
    made: Tensor | None = field(default=None, repr=False)  # the generator's image, with its graph
    features: list[Tensor] = field(default_factory=list, repr=False)  # of its layers, if compared


LossOf = Callable[[MicroBatch], tuple[Tensor, Losses]]
"""Micro-batch → (what is minimised, losses to report)."""


class GanModel:
    """A generator and its discriminators. A model adds networks, losses and `update`."""

    differentiated_twice: frozenset[str] = frozenset()
    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    sampler: Sampler

    def __init__(self, setup: ModelSetup) -> None:
        self.setup, self.device = setup, setup.device
        self.bf16 = setup.precision == "bf16"
        self.layout = torch.channels_last if setup.config.channels_last else torch.contiguous_format
        self.networks: dict[str, nn.Module] = {}
        self.optimisers: dict[str, torch.optim.Optimizer] = {}
        self.rates: dict[str, float] = {}

    def keep(self, sampler: Sampler, init: Init = init_weights) -> None:
        """Add the networks that are kept, and the way in which they make a sample."""
        sampler.layout, self.sampler = self.layout, sampler
        for name, network in sampler.named_children():
            self.add(name, network, init)

    def add(
        self, name: str, network: nn.Module, init: Init = init_weights, rate: float = 1
    ) -> None:
        """Draw a network's weights, move it to its device and give it an optimiser.

        rate : its learning rate as a multiple of the generator's
        """
        init(network, derive_seed(self.setup.seed, "init", name))
        network.to(self.device, memory_format=self.layout)  # type: ignore[call-overload]
        self.networks[name], self.rates[name] = network, rate
        config = self.setup.config
        # fused: one pass over weights and moments; 6 % of a step on 2 cores at batch 1.
        self.optimisers[name] = torch.optim.Adam(
            network.parameters(),
            lr=config.learning_rate,
            betas=(config.beta1, config.beta2),
            fused=True,
        )

    def draw(self, batch: Batch) -> Batch:
        """Return the tiles with their rows of what is drawn for all processes' tiles."""
        tiles = len(batch) * world_size()
        drawn = self.draws(tiles)
        if grain := self.sampler.draws.get("grain"):
            size = next(iter(batch.planes.values())).shape[-2:]
            drawn["grain"] = grain_planes(tiles, grain, size)
        own = {name: to_device(own_rows(rows), self.device) for name, rows in drawn.items()}
        return replace(batch, draws=own)

    def draws(self, size: int) -> dict[str, Tensor]:
        """Draw a step's random numbers for so many tiles, one row per tile."""
        return {}

    def update(self, batch: Batch, step: int) -> Losses:
        """Update every network once."""
        raise NotImplementedError

    def step(self, batch: Batch, step: int) -> Losses:
        """Draw and update, as the training loop does."""
        return self.update(self.draw(batch), step)

    def graph_key(self, step: int) -> Hashable | None:
        """Return that steps cannot be recorded; models whose steps can say what they depend on."""
        return None

    def micro_batches(self, batch: Batch, noise: str = "noise") -> list[MicroBatch]:
        """Divide a batch, and make the image where it is whole; `noise` names the draw that the
        generator is given as noise."""
        found = self.parts(batch, noise)
        if len(found) == 1:
            with self.arithmetic():
                found[0].made = self.forward(found[0])
        return found

    def parts(self, batch: Batch, noise: str = "noise") -> list[MicroBatch]:
        """Divide a batch as memory asks for."""
        size = len(batch)
        found, count = [], min(self.setup.micro_batches, size)
        # Not tensor.chunk: its last part may be missing, and each rank must have as many.
        for first, end in pairwise(k * size // count for k in range(count + 1)):
            part = batch.rows(slice(first, end))
            given = {"noise": part.draws[noise]} if noise in part.draws else {}
            condition = self.condition(part.planes, given).contiguous(memory_format=self.layout)
            target = self.sampler.target(part.planes).contiguous(memory_format=self.layout)
            found.append(MicroBatch(part, condition, target, (end - first) / size))
        return found

    def condition(self, planes: Planes, draws: Planes) -> Tensor:
        """Return what generator and discriminators both see in training, (B, K, H, W)."""
        return self.sampler.shown(planes, draws)

    def forward(self, micro: MicroBatch) -> Tensor:
        """Return the generator's image of a micro-batch, (B, C, H, W)."""
        image: Tensor = self.networks["generator"](self.generator_sees(micro))
        return image

    def generator_sees(self, micro: MicroBatch, *more: Tensor) -> Tensor:
        """Return what the generator alone sees: the condition, `more` channels, grain."""
        drawn = micro.batch.draws.get("grain")
        parts = [micro.condition, *more, *([] if drawn is None else [drawn])]
        if len(parts) == 1:
            return micro.condition
        return torch.cat(parts, 1).contiguous(memory_format=self.layout)

    def fake(self, micro: MicroBatch, grad: bool = True) -> Tensor:
        """Return the image that losses compare; made again for each when memory is short.

        With `grad` False it is cut off from the generator.
        """
        if micro.made is not None:
            return micro.made if grad else micro.made.detach()
        with nullcontext() if grad else torch.no_grad():
            return self.forward(micro)

    def optimise(
        self, names: Sequence[str], micro_batches: Sequence[MicroBatch], loss: LossOf
    ) -> Losses:
        """Update networks once by the mean of a loss over micro-batches; return its named losses.

        While a kept network learns all others are frozen, which saves gradients that nobody would
        use.
        """
        others = [net for name, net in self.networks.items() if name not in names]
        kept = dict(self.sampler.named_children()).keys() & names
        for name in names:
            self.optimisers[name].zero_grad(set_to_none=True)
        found: Losses = {}
        with frozen(*others) if kept else nullcontext():
            for micro in micro_batches:
                with self.arithmetic():
                    total, reported = loss(micro)
                (total if micro.weight == 1 else total * micro.weight).backward()
                for name, value in reported.items():
                    found[name] = found.get(name, 0) + value.detach() * micro.weight
        average_gradients(self.networks[name] for name in names)
        for name in names:
            self.optimisers[name].step()
        return found

    def sample(self, sampler: Sampler, planes: Planes, seeds: Sequence[int]) -> Tensor:
        """Return what `sampler` makes of tiles, (B, C, H, W) float32 in [-1, 1]."""
        with self.arithmetic():
            made: Tensor = sampler(planes, self.draws_by(seeds, planes))
        return made

    def draws_by(self, seeds: Sequence[int], planes: Planes) -> dict[str, Tensor]:
        """Return what a sample of each tile is drawn by in validation."""
        grain = self.sampler.draws.get("grain")
        if not grain:
            return {}
        size = next(iter(planes.values())).shape[-2:]
        drawn = [grain_by(seed, grain, size) for seed in seeds]
        return {"grain": torch.stack(drawn).to(self.device)}

    def extra_state(self) -> dict[str, Any]:
        """Return nothing: all that changes is in networks and optimisers."""
        return {}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Restore nothing."""

    def finish(self, planes: Planes) -> dict[str, Any]:
        """Return nothing: the weights are all that synthesis needs."""
        return {}

    def handed_on(self) -> dict[str, Tensor]:
        """Return nothing: no other training goes on from this one."""
        return {}

    def arithmetic(self) -> torch.autocast:
        """Return the context in which networks compute."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)


def noise_by(seeds: Sequence[int], channels: int, device: torch.device) -> dict[str, Tensor]:
    """Return one noise vector per seed, float32 (B, channels); nothing for no channels."""
    return {"noise": noise_vectors(seeds, channels).to(device)} if channels else {}


@contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """Hold networks still: gradients go through them, and none is made for them.

    Layers that are held still throughout (`models/transfer.py`) stay so.
    """
    weights = [w for network in networks for w in network.parameters() if w.requires_grad]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)
