"""How a network of instances is trained: augmented crops in, one update of one network."""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from cytoforge.compute.ranks import average_gradients, own_rows, world_size
from cytoforge.compute.steps import Batch
from cytoforge.errors import UserError
from cytoforge.models.instance_config import InstanceTraining
from cytoforge.models.instance_sampler import InstanceSampler, unit_images
from cytoforge.models.model import ModelSetup
from cytoforge.models.sampler import Planes, Sampler
from cytoforge.seeds import derive_seed
from cytoforge.segmentation.learned.augment import OTHERS, SCALES, cut_tile, other_stain
from cytoforge.segmentation.learned.loss import UNKNOWN, instance_loss
from cytoforge.segmentation.learned.maps import target_maps
from cytoforge.segmentation.learned.network import OUTPUTS
from cytoforge.segmentation.moments import median_diameter_px

NETWORK = "network"
LARGEST_GRADIENT = 1.0  # norm over all weights


class InstanceModel:
    """A network that marks instances; what it is, and how it begins, is the model's own."""

    differentiated_twice: frozenset[str] = frozenset()
    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {NETWORK: ("loss",)}
    drawn: ClassVar[tuple[str, ...]] = ("classes", "distance")
    """Planes of a crop's targets."""

    def __init__(self, setup: ModelSetup, sampler: InstanceSampler) -> None:
        self.setup, self.device = setup, setup.device
        self.config = cast(InstanceTraining, setup.config)
        self.bf16 = setup.precision == "bf16"
        self.layout = torch.channels_last if self.config.channels_last else torch.contiguous_format
        sampler.layout, sampler.unlabelled = self.layout, self._unlabelled()
        sampler.to(self.device, memory_format=self.layout)  # type: ignore[call-overload]
        self.sampler: Sampler = sampler
        self.instances = sampler
        self.networks: dict[str, nn.Module] = {NETWORK: sampler.network}
        self.rates = {NETWORK: 1.0}
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            NETWORK: torch.optim.AdamW(
                sampler.network.parameters(),
                lr=self.config.learning_rate,
                betas=(self.config.beta1, self.config.beta2),
                weight_decay=self.config.weight_decay,
                fused=True,
            )
        }

    def _unlabelled(self) -> int | None:
        name, known = self.config.ignore_label, self.setup.code_names
        if name is not None and name not in known:
            raise UserError(
                where="models.*.training.ignore_label",
                expected=f"a level of the data set's reference ({', '.join(known)})",
                found=repr(name),
                fix="name a level of a table of `levels`",
            )
        return None if name is None else known.index(name)

    def draw(self, batch: Batch) -> Batch:
        """Return augmented crops with their targets: `seen`, and what `drawn` names.

        Each tile is drawn by a number of its own, so that processes share the batch's.
        """
        numbers = torch.randint(2**62, (len(batch) * world_size(),))
        images, labels = unit_images(batch["images"]), self.taught(batch.planes)
        crops = [
            self._crop(image, known, np.random.default_rng(number))
            for image, known, number in zip(images, labels, own_rows(numbers).tolist(), strict=True)
        ]
        planes = zip(*crops, strict=True)
        tensors = [torch.from_numpy(np.stack(plane)).to(self.device) for plane in planes]
        return Batch(dict(zip(("seen", *self.drawn), tensors, strict=True)))

    def taught(self, planes: Planes) -> np.ndarray:
        """Return what is known of each pixel, int32 (B, h, w): negative where nothing is."""
        return self.instances.known(planes)

    def objects(self, known: np.ndarray) -> np.ndarray:
        """Return the instance labels in what `taught` says, 0 where nothing is known."""
        return known.clip(0)

    def targets(self, known: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the planes that `drawn` names, of a crop of what `taught` says, (h, w)."""
        classes, distance = target_maps(self.objects(known))
        classes[known < 0] = UNKNOWN
        return classes, distance

    def _crop(
        self, image: np.ndarray, labels: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        config = self.config
        side = config.crop_of(image.shape[-1])
        scales = SCALES[config.sees] if config.other_labs else (1.0, 1.0)
        whole = self.instances.seen(image)  # turned by the loop already
        seen, known = cut_tile(whole, labels, side, scales, random, turns=False)
        if config.other_labs:
            other = OTHERS[config.sees]
            if other is other_stain:
                other = partial(other_stain, ihc=config.ihc)
            seen = other(seen, self.objects(known), random)
        return seen.astype(np.float32), *self.targets(known)

    def update(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Update the network once by the mean loss of the batch, in micro-batches."""
        network, optimiser = self.networks[NETWORK], self.optimisers[NETWORK]
        optimiser.zero_grad(set_to_none=True)
        size = len(batch)
        totals: dict[str, Tensor] = {}
        count = min(self.setup.micro_batches, size)
        for first, end in pairwise(k * size // count for k in range(count + 1)):
            losses = self.losses_of(batch.rows(slice(first, end)))
            for name, loss in losses.items():
                part = loss.detach() * ((end - first) / size)
                totals[name] = totals[name] + part if name in totals else part
            (losses["loss"] * ((end - first) / size)).backward()
        average_gradients([network])
        nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
        optimiser.step()
        return totals

    def losses_of(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses of drawn crops, of which `loss` is what the network learns by.

        It is the sum over all that the network says of the same pixels (deep supervision).
        """
        with self.arithmetic():
            seen = batch["seen"].contiguous(memory_format=self.layout)
            # (B, OUTPUTS, h, w); of a network with side outputs as many times that.
            scores: Tensor = self.networks[NETWORK](seen)
        losses = [
            instance_loss(part, batch["classes"], batch["distance"])
            for part in scores.float().split(OUTPUTS, 1)
        ]
        return {"loss": torch.stack(losses).sum()}

    def step(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Draw and update, as the training loop does."""
        return self.update(self.draw(batch), step)

    def graph_key(self, step: int) -> Hashable | None:
        """Return that all steps are alike."""
        return "any"

    def sample(self, sampler: Sampler, planes: Planes, seeds: Sequence[int]) -> Tensor:
        """Return the maps of tiles, (B, 2, h, w) float32 in [-1, 1]; nothing is drawn."""
        with self.arithmetic():
            made: Tensor = sampler(planes, {})
        return made

    def extra_state(self) -> dict[str, Any]:
        """Return nothing: all that changes is in network and optimiser."""
        return {}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Restore nothing."""

    def handed_on(self) -> dict[str, Tensor]:
        """Return nothing beside the kept weights."""
        return {}

    def finish(self, planes: Planes) -> dict[str, Any]:
        """Return how large the objects of training are, as the network sees them, in px, and how
        its maps become instances."""
        diameters = [median_diameter_px(labels.clip(0)) for labels in self.instances.known(planes)]
        known = [px for px in diameters if px]
        diameter = float(np.median(known)) if known else None
        return {"diameter_px": diameter, "decoding": self.instances.decoding_numbers}

    def arithmetic(self) -> torch.autocast:
        """Return the context in which the network computes."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)


def seeded(setup: ModelSetup) -> None:
    """Let the weights of a network that is built next follow from the training's seed."""
    torch.manual_seed(derive_seed(setup.seed, "init", NETWORK))
