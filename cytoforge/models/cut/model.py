"""CUT and FastCUT: one direction without pairs, by patches that stay recognisable
(Park et al. 2020, arXiv:2007.15651)."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from cytoforge.compute.devices import to_device
from cytoforge.compute.layouts import without_autocast
from cytoforge.compute.ranks import own_rows, world_size
from cytoforge.compute.steps import Batch
from cytoforge.models.cut.config import CutConfig
from cytoforge.models.cut.networks import build_heads, build_sampler, init_heads
from cytoforge.models.gan import Losses, MicroBatch
from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.translation_model import TranslationModel
from cytoforge.networks.resnet import ResNet

HALVED = {"image": 1, "half": 2}  # all other layers are at quarter size


class Cut(TranslationModel):
    """A generator whose own features say what each patch was made of, and a discriminator.

    As its authors have it, the discriminator is updated first.
    """

    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "generator": ("g_gan_b", "g_nce_a", "g_nce_b"),
        "discriminator": ("d_real_b", "d_fake_b"),
    }

    def __init__(self, setup: ModelSetup) -> None:
        self.config = cast(CutConfig, setup.config)
        super().__init__(setup, build_sampler(self.config, setup.n_codes, setup.channels), "b")
        self.add("heads", build_heads(self.config, setup.channels), init_heads)
        self.begin()

    def draw(self, batch: Batch) -> Batch:
        """Return the tiles with the patches to compare, of each layer, and which to mirror.

        Places are int64 (B, 1 or 2, P): of the image that is translated and, with
        `nce_identity`, of the other domain's; none is drawn twice.
        """
        batch = super().draw(batch)
        tiles = len(batch) * world_size()
        height, width = batch["images_a"].shape[-2:]
        sets, drawn = 2 if self.config.nce_identity else 1, {}
        for layer in self.config.compared_layers:
            side = HALVED.get(layer, 4)
            pixels = (height // side) * (width // side)
            count = min(self.config.nce_patches, pixels)
            rows = [torch.randperm(pixels)[:count] for _ in range(tiles * sets)]
            drawn[layer] = torch.stack(rows).view(tiles, sets, count)
        if self.config.flip_equivariance:
            drawn["mirrored"] = torch.rand(tiles) < 0.5
        own = {name: to_device(own_rows(rows), self.device) for name, rows in drawn.items()}
        return replace(batch, draws=own)

    def update(self, batch: Batch, step: int) -> Losses:
        """Update the discriminator, then the generator and the heads against it."""
        parts = self.micro_batches(batch)
        of_discriminator = self.optimise(self.discriminators, parts, self._discriminator_loss)
        learning = ["generator_ab", "heads"]
        return self.optimise(learning, parts, self._generator_loss) | of_discriminator

    def graph_key(self, step: int) -> Hashable | None:
        """Return that all steps are alike, unless a pool of older images is drawn from."""
        return None if self.config.pool_size else "any"

    def forward(self, micro: MicroBatch) -> Tensor:
        """Return what is made of images of A and, with an identity loss, of B, in one pass; keep
        the features of the way, where they are those of the images as they are."""
        images = self._seen(micro)
        if self.config.flip_equivariance:
            made: Tensor = self._generator(self._mirrored(micro, images))
            return made
        made, micro.features = self._generator(images, self.config.compared_layers)
        return made

    def _seen(self, micro: MicroBatch) -> Tensor:
        if not self.config.nce_identity:
            return micro.condition
        return torch.cat([micro.condition, micro.target])

    @property
    def _generator(self) -> ResNet:
        return cast(ResNet, self.networks["generator_ab"])

    def _mirrored(self, micro: MicroBatch, maps: Tensor) -> Tensor:
        """Return maps (B or 2 B, C, h, w) with those mirrored of the tiles that are."""
        if not self.config.flip_equivariance:
            return maps
        chosen = micro.batch.draws["mirrored"].repeat(len(maps) // len(micro.condition))
        return torch.where(chosen.view(-1, 1, 1, 1), maps.flip(3), maps)

    def _discriminator_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        made = self.fake(micro, grad=False)[: len(micro.target)]
        return self.judged("b", micro.target, made)

    def _generator_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        made, count = self.fake(micro), len(micro.condition)
        losses = {"g_gan_b": self.deceived("b", made[:count])}
        per_image = self._nce(micro, made)
        losses["g_nce_a"] = nce = per_image[0]
        if self.config.nce_identity:
            losses["g_nce_b"] = per_image[1]
            nce = (nce + losses["g_nce_b"]) * 0.5
        return self.config.lambda_gan * losses["g_gan_b"] + self.config.lambda_nce * nce, losses

    def _nce(self, micro: MicroBatch, made: Tensor) -> list[Tensor]:
        """Return the mean loss over layers, of the images translated and of the other domain's."""
        config, heads, draws = self.config, self.networks["heads"], micro.batch.draws
        places = [draws[layer].transpose(0, 1).flatten(0, 1) for layer in config.compared_layers]
        with torch.no_grad():
            source = micro.features or self._generator.features(
                self._seen(micro), config.compared_layers
            )
            wanted = heads([layer.detach() for layer in source], places)
        features = self._generator.features(made, config.compared_layers)
        found = heads([self._mirrored(micro, layer) for layer in features], places)
        count = len(micro.condition)
        return [
            torch.stack(
                [
                    patch_nce(one[first : first + count], other[first : first + count], tau)
                    for one, other in zip(found, wanted, strict=True)
                ]
            ).mean()
            for first in range(0, len(made), count)
            for tau in [config.nce_temperature]
        ]


def patch_nce(made: Tensor, source: Tensor, temperature: float) -> Tensor:
    """Return the cross-entropy of finding each patch's own source among those of its image.

    Park et al. 2020, arXiv:2007.15651, section 3.2; the source gets no gradients, as in its
    authors' code.

    made, source : vectors of length 1, float32 (B, P, F), of the same places in the same order
    """
    with without_autocast(made):  # in bf16, likeness of 1 would be 0.4 % off, and 14 times that
        likeness = made @ source.detach().mT / temperature  # (B, P, P)
    own = torch.arange(made.shape[1], device=made.device).expand(len(made), -1)  # (B, P)
    return F.cross_entropy(likeness.flatten(0, 1), own.flatten())


def build(setup: ModelSetup) -> Model:
    """Return the model before its first step."""
    return Cut(setup)
