"""pix2pix: a conditional GAN with an L1 loss (Isola et al. 2017, arXiv:1611.07004)."""

from collections.abc import Hashable, Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.ranks import all_rows, own_rows
from cytoforge.models.gan import GanModel, Losses, Part
from cytoforge.models.image_pool import ImagePool
from cytoforge.models.losses import adversarial_loss, gradient_penalty
from cytoforge.models.model import Batch, Model, ModelSetup
from cytoforge.models.pix2pix.config import Pix2PixConfig
from cytoforge.models.pix2pix.networks import build_discriminator, build_generator, condition_spec
from cytoforge.networks.labels import encode_labels


class Pix2Pix(GanModel):
    """A generator against a discriminator that always sees what the generator saw as well."""

    def __init__(self, setup: ModelSetup) -> None:
        self.config = cast(Pix2PixConfig, setup.config)
        self.predicts_labels = self.config.task == "image_to_labels"
        super().__init__(setup, condition_spec(self.config, setup.n_codes))
        self.add("generator", build_generator(self.config, self.spec, setup.channels))
        self.add("discriminator", build_discriminator(self.config, self.spec, setup.channels))
        self.pool = ImagePool(self.config.pool_size)
        if self.config.gan_mode == "wgan_gp":
            self.differentiated_twice = frozenset({"discriminator"})

    def draws(self, size: int) -> dict[str, Tensor]:
        """Draw the share of the real image in each mixture, where WGAN-GP has them."""
        return {"shares": torch.rand(size)} if self.config.gan_mode == "wgan_gp" else {}

    def update(self, batch: Batch, step: int) -> Losses:
        """Update the discriminator, then the generator against the updated discriminator."""
        parts = self.parts(batch)
        judged = self.optimise(["discriminator"], parts, self._discriminator_loss)
        return self.optimise(["generator"], parts, self._generator_loss) | judged

    def kind(self, step: int) -> Hashable | None:
        """Return that all steps are alike, unless a pool of older images is drawn from."""
        return None if self.pool.size else "any"

    def _discriminator_loss(self, part: Part) -> tuple[Tensor, Losses]:
        mode = self.config.gan_mode
        fake, real = self.fake(part, grad=False), self.targets(part.batch)
        pairs = torch.cat([part.condition, fake], 1)  # (B, K + C, H, W)
        d_fake = adversarial_loss(self._judge(self._pooled(pairs)), False, mode)
        d_real = adversarial_loss(self._judge(torch.cat([part.condition, real], 1)), True, mode)
        losses = {"d_real": d_real, "d_fake": d_fake}
        if mode != "wgan_gp":
            return (d_fake + d_real) * 0.5, losses
        # Whole sums, as the penalty's weight of 10 was published for; halved is the original's sum.
        # In float32 throughout: bf16 would round the slope to 3 digits, and then its slope again.
        with torch.autocast(self.device.type, enabled=False):
            shares = part.batch.draws["shares"].view(-1, 1, 1, 1)
            penalty = gradient_penalty(self._judge, part.condition, real, fake.float(), shares)
        return d_fake + d_real + self.config.lambda_gp * penalty, losses | {"d_penalty": penalty}

    def _generator_loss(self, part: Part) -> tuple[Tensor, Losses]:
        fake = self.fake(part)
        logits = self._judge(torch.cat([part.condition, fake], 1))
        g_gan = adversarial_loss(logits, True, self.config.gan_mode)
        g_l1 = F.l1_loss(fake.float(), self.targets(part.batch))
        total = self.config.lambda_gan * g_gan + self.config.lambda_l1 * g_l1
        return total, {"g_gan": g_gan, "g_l1": g_l1}

    def _judge(self, pairs: Tensor) -> Tensor:
        logits: Tensor = self.networks["discriminator"](pairs)  # (B, 1, h, w)
        return logits

    def _pooled(self, pairs: Tensor) -> Tensor:
        """Exchange some for older ones: of one pool that is the same in all processes."""
        return own_rows(self.pool.query(all_rows(pairs))) if self.pool.size else pairs

    def condition(self, batch: Batch, noise: Tensor | None) -> Tensor:
        """Return what the generator sees, (B, K, H, W): label maps, or images."""
        return batch.real if self.predicts_labels else super().condition(batch, noise)

    def targets(self, batch: Batch) -> Tensor:
        """Return what the generator should make, in [-1, 1]: images, or a channel a code."""
        if not self.predicts_labels:
            return batch.real  # (B, C, H, W)
        planes = encode_labels(batch.labels, self.spec.n_codes) * 2 - 1  # (B, K, H, W)
        return planes.contiguous(memory_format=self.layout)

    def outputs(self, network: nn.Module, batch: Batch, seeds: Sequence[int]) -> Tensor:
        """Return what `network`, a generator, makes of the tiles, float32 in [-1, 1]."""
        if not self.predicts_labels:
            return super().outputs(network, batch, seeds)
        with self.arithmetic():
            planes: Tensor = network(batch.real.contiguous(memory_format=self.layout))
        return planes.float()  # (B, K, H, W)

    def extra_state(self) -> dict[str, Any]:
        """Return the pool of older images."""
        return {"pool": self.pool.state_dict()}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Go on with the pool of older images."""
        self.pool.load_state_dict(state["pool"], self.device)


def build(setup: ModelSetup) -> Model:
    """Return the untrained model."""
    return Pix2Pix(setup)
