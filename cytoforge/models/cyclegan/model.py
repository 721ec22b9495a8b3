"""CycleGAN: two domains without pairs (Zhu et al. 2017, arXiv:1703.10593)."""

from collections.abc import Hashable, Mapping
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from cytoforge.compute.steps import Batch
from cytoforge.models.cyclegan.config import CycleGanConfig
from cytoforge.models.cyclegan.networks import build_sampler
from cytoforge.models.gan import Losses, MicroBatch
from cytoforge.models.haematoxylin import haematoxylin_moved
from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.translation_model import TranslationModel


class CycleGan(TranslationModel):
    """G_ab and G_ba, which undo each other, against a discriminator of each domain.

    As its authors have it, the generators are updated first; the discriminators then judge images
    that were made before that update.
    """

    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "generators": (
            *("g_gan_b", "g_gan_a", "g_cycle_a", "g_cycle_b"),
            *("g_identity_a", "g_identity_b", "g_haematoxylin_a", "g_haematoxylin_b"),
        ),
        "discriminators": ("d_real_a", "d_fake_a", "d_real_b", "d_fake_b"),
    }

    def __init__(self, setup: ModelSetup) -> None:
        self.config = cast(CycleGanConfig, setup.config)
        super().__init__(setup, build_sampler(self.config, setup.n_codes, setup.channels), "ab")
        self.begin()

    def update(self, batch: Batch, step: int) -> Losses:
        """Update the generators, then the discriminators."""
        parts = self.parts(batch)
        losses = self.optimise(["generator_ab", "generator_ba"], parts, self._generator_loss)
        return losses | self.optimise(self.discriminators, parts, self._discriminator_loss)

    def graph_key(self, step: int) -> Hashable | None:
        """Return that all steps are alike, unless a pool of older images is drawn from."""
        return None if self.config.pool_size else "any"

    def _generator_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        real_a, real_b = micro.condition, micro.target
        to_b, to_a = self.networks["generator_ab"], self.networks["generator_ba"]
        made_b, same_b = self._made(to_b, real_a, real_b)
        made_a, same_a = self._made(to_a, real_b, real_a)
        micro.made = torch.cat([made_a, made_b]).detach()  # what the discriminators are shown
        weight = self.config.lambda_cycle
        losses = {
            "g_gan_b": self.deceived("b", made_b),
            "g_gan_a": self.deceived("a", made_a),
            "g_cycle_a": _l1(to_a(made_b), real_a),
            "g_cycle_b": _l1(to_b(made_a), real_b),
        }
        total = self.config.lambda_gan * (losses["g_gan_b"] + losses["g_gan_a"])
        total = total + weight * (losses["g_cycle_a"] + losses["g_cycle_b"])
        if same_a is not None and same_b is not None:
            losses["g_identity_a"], losses["g_identity_b"] = (
                _l1(same_a, real_a),
                _l1(same_b, real_b),
            )
            same = losses["g_identity_a"] + losses["g_identity_b"]
            total = total + weight * self.config.identity * same
        if held := self.config.lambda_haematoxylin:
            losses["g_haematoxylin_a"] = haematoxylin_moved(real_b, made_a)
            losses["g_haematoxylin_b"] = haematoxylin_moved(real_a, made_b)
            total = total + held * (losses["g_haematoxylin_a"] + losses["g_haematoxylin_b"])
        return total, losses

    def _made(self, network: nn.Module, other: Tensor, own: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return what a generator makes of the other domain's images and, with an identity loss, of
        its own domain's: in one pass, since norms are of each image by itself."""
        if not self.config.identity:
            return network(other), None
        made, same = network(torch.cat([other, own])).split(len(other))
        return made, same

    def _discriminator_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        assert micro.made is not None, "generators are updated first"
        made_a, made_b = micro.made.split(len(micro.condition))
        loss_a, of_a = self.judged("a", micro.condition, made_a)
        loss_b, of_b = self.judged("b", micro.target, made_b)
        return loss_a + loss_b, of_a | of_b


def _l1(made: Tensor, wanted: Tensor) -> Tensor:
    # In float32: bf16 has 8 bits and would round small losses.
    return (made.float() - wanted).abs().mean()


def build(setup: ModelSetup) -> Model:
    """Return the model before its first step."""
    return CycleGan(setup)
