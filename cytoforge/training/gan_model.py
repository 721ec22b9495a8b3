"""What the adversarial models share: building networks, and updating them from parts of a batch."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cytoforge.networks.condition import ConditionSpec, build_condition
from cytoforge.networks.init import init_weights
from cytoforge.networks.noise import noise_vectors
from cytoforge.ranks import average_gradients, own_rows, world_size
from cytoforge.seeds import derive_seed
from cytoforge.training.model import Batch, ModelSetup
from cytoforge.training.transfer import to_device

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
    """A generator and its discriminators. A model adds networks, losses and `step`."""

    same_every_step = False

    def __init__(self, setup: ModelSetup, spec: ConditionSpec) -> None:
        self.setup, self.spec, self.device = setup, spec, setup.device
        self.bf16 = setup.precision == "bf16"
        self.layout = torch.channels_last if setup.config.channels_last else torch.contiguous_format
        self.networks: dict[str, nn.Module] = {}
        self.optimisers: dict[str, torch.optim.Optimizer] = {}

    def add(
        self, name: str, network: nn.Module, init: Callable[[nn.Module, int], None] = init_weights
    ) -> None:
        """Draw a network's weights, move it to its device and give it an optimiser."""
        init(network, derive_seed(self.setup.seed, "init", name))
        network.to(self.device, memory_format=self.layout)  # type: ignore[call-overload]
        self.networks[name] = network
        config = self.setup.config
        # fused: one pass over weights and moments; 6 % of a step on 2 cores at batch 1.
        self.optimisers[name] = torch.optim.Adam(
            network.parameters(),
            lr=config.learning_rate,
            betas=(config.beta1, config.beta2),
            fused=True,
        )

    def parts(self, batch: Batch) -> list[Part]:
        """Divide a batch; noise is drawn for all processes' tiles, so each gets its own rows."""
        size = len(batch.labels)
        noise = None
        if self.spec.noise:
            drawn = own_rows(torch.randn(size * world_size(), self.spec.noise))
            noise = to_device(drawn, self.device)
        found = []
        # Not tensor.chunk: its last part may be missing, and each rank must have as many.
        for rows in torch.arange(size).tensor_split(min(self.setup.parts, size)):
            own = slice(int(rows[0]), int(rows[-1]) + 1)
            real = batch.real[own].contiguous(memory_format=self.layout)
            part = Batch(batch.labels[own], batch.instances[own], real)
            condition = self.condition(part, None if noise is None else noise[own])
            found.append(Part(part, condition, len(rows) / size))
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

    def optimise(self, names: str | Sequence[str], parts: Sequence[Part], loss: LossOf) -> Losses:
        """Update networks once by the mean of a loss over parts; return its named losses.

        While the generator learns all other networks are frozen, which saves gradients that nobody
        would use.
        """
        names = [names] if isinstance(names, str) else list(names)
        others = [net for name, net in self.networks.items() if name not in names]
        frozen = others if "generator" in names else []
        for network in frozen:
            network.requires_grad_(False)
        for name in names:
            self.optimisers[name].zero_grad(set_to_none=True)
        found: Losses = {}
        for part in parts:
            with self.arithmetic():
                total, reported = loss(part)
            (total if part.share == 1 else total * part.share).backward()
            for name, value in reported.items():
                found[name] = found.get(name, 0) + value.detach() * part.share
        average_gradients(self.networks[name] for name in names)
        for name in names:
            self.optimisers[name].step()
        for network in frozen:
            network.requires_grad_(True)
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
