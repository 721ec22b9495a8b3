"""pix2pix: a conditional GAN with an L1 loss (Isola et al. 2017, arXiv:1611.07004)."""

from collections.abc import Hashable, Mapping
from typing import Any, ClassVar, cast

import torch
from torch import Tensor

from cytoforge.compute.ranks import all_rows, own_rows
from cytoforge.compute.steps import Batch
from cytoforge.models.gan import GanModel, Losses, MicroBatch
from cytoforge.models.image_pool import ImagePool
from cytoforge.models.losses import (
    adversarial_loss,
    gradient_difference,
    gradient_penalty,
    l1_of_means,
)
from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.pix2pix.config import Pix2PixConfig
from cytoforge.models.pix2pix.networks import build_discriminator, build_sampler


class Pix2Pix(GanModel):
    """A generator against a discriminator that always sees what the generator saw as well.

    The task decides what is made of what; the losses are the same.
    """

    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "generator": ("g_gan", "g_l1", "g_gradient"),
        "discriminator": ("d_real", "d_fake", "d_penalty"),
    }

    def __init__(self, setup: ModelSetup) -> None:
        super().__init__(setup)
        self.config = cast(Pix2PixConfig, setup.config)
        self.keep(build_sampler(self.config, setup.n_codes, setup.channels))
        discriminator = build_discriminator(self.config, self.sampler)
        self.add("discriminator", discriminator, rate=self.config.discriminator_rate)
        self.pool = ImagePool(self.config.pool_size)
        if self.config.gan_mode == "wgan_gp":
            self.differentiated_twice = frozenset({"discriminator"})

    def draws(self, size: int) -> dict[str, Tensor]:
        """Draw the weight of the real image in each mixture, where WGAN-GP has them."""
        return {"weights": torch.rand(size)} if self.config.gan_mode == "wgan_gp" else {}

    def update(self, batch: Batch, step: int) -> Losses:
        """Update the discriminator, then the generator against the updated discriminator."""
        micro_batches = self.micro_batches(batch)
        d_losses = self.optimise(["discriminator"], micro_batches, self._discriminator_loss)
        return self.optimise(["generator"], micro_batches, self._generator_loss) | d_losses

    def graph_key(self, step: int) -> Hashable | None:
        """Return that all steps are alike, unless a pool of older images is drawn from."""
        return None if self.pool.size else "any"

    def _discriminator_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        mode = self.config.gan_mode
        fake, real = self.fake(micro, grad=False), micro.target
        pairs = torch.cat([micro.condition, fake], 1)  # (B, K + C, H, W)
        d_fake = adversarial_loss(self._logits(self._pooled(pairs)), False, mode)
        d_real = adversarial_loss(self._logits(torch.cat([micro.condition, real], 1)), True, mode)
        losses = {"d_real": d_real, "d_fake": d_fake}
        if mode != "wgan_gp":
            return (d_fake + d_real) * 0.5, losses
        # Whole sums, as the penalty's weight of 10 was published for; halved is the original's sum.
        # In float32 throughout: bf16 would round the slope to 3 digits, and then its slope again.
        with torch.autocast(self.device.type, enabled=False):
            weights = micro.batch.draws["weights"].view(-1, 1, 1, 1)
            penalty = gradient_penalty(self._logits, micro.condition, real, fake.float(), weights)
        return d_fake + d_real + self.config.lambda_gp * penalty, losses | {"d_penalty": penalty}

    def _generator_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        fake = self.fake(micro)
        logits = self._logits(torch.cat([micro.condition, fake], 1))
        g_gan = adversarial_loss(logits, True, self.config.gan_mode)
        g_l1 = l1_of_means(fake, micro.target, self.config.l1_mean_px)
        total = self.config.lambda_gan * g_gan + self.config.lambda_l1 * g_l1
        losses = {"g_gan": g_gan, "g_l1": g_l1}
        if self.config.lambda_gradient:
            losses["g_gradient"] = gradient_difference(fake, micro.target)
            total = total + self.config.lambda_gradient * losses["g_gradient"]
        return total, losses

    def _logits(self, pairs: Tensor) -> Tensor:
        logits: Tensor = self.networks["discriminator"](pairs)  # (B, 1, h, w)
        return logits

    def _pooled(self, pairs: Tensor) -> Tensor:
        """Exchange some for older ones: of one pool that is the same in all processes."""
        return own_rows(self.pool.query(all_rows(pairs))) if self.pool.size else pairs

    def extra_state(self) -> dict[str, Any]:
        """Return the pool of older images."""
        return {"pool": self.pool.state_dict()}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Go on with the pool of older images."""
        self.pool.load_state_dict(state["pool"], self.device)


def build(setup: ModelSetup) -> Model:
    """Return the untrained model."""
    return Pix2Pix(setup)
