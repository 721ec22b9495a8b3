"""OASIS (Schönfeld et al. 2021, arXiv:2012.04781): a discriminator that segments, and its unpaired
medical relative USIS (Eskandar et al. 2023) with a discriminator on wavelet bands.

The moving average that is validated and kept is the loop's. It averages batch-norm statistics like
weights, which stands for estimating them again from 50 batches before each validation.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import ClassVar, cast

import torch
from torch import Tensor

from cytoforge.compute.ranks import sum_over_ranks
from cytoforge.compute.steps import Batch
from cytoforge.errors import UserError
from cytoforge.models.gan import GanModel, Losses, LossOf, MicroBatch, noise_by
from cytoforge.models.losses import (
    adversarial_loss,
    gradient_difference,
    l1_of_means,
    r1_penalty,
)
from cytoforge.models.model import Model, ModelSetup
from cytoforge.models.oasis.config import OasisConfig
from cytoforge.models.oasis.label_mix import consistency_loss, draw_bits, mask_of, mix
from cytoforge.models.oasis.mask_loss import mask_loss
from cytoforge.models.oasis.networks import (
    build_discriminator,
    build_sampler,
    build_wavelet_discriminator,
)
from cytoforge.models.oasis.segmentation_loss import code_weights, fake_loss, segmentation_loss
from cytoforge.models.sampler import Planes
from cytoforge.networks.equalised import init_equalised
from cytoforge.networks.initialisation import init_xavier
from cytoforge.networks.spectral import follow_singular_values

SEGMENTER, WAVELET = "discriminator", "discriminator_wavelet"


class Oasis(GanModel):
    """A SPADE generator against a segmenter, a wavelet discriminator, or both."""

    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "generator": ("g_segment", "g_wavelet", "g_mask", "g_l1", "g_gradient"),
        "discriminator": (
            "d_segment",
            "d_real",
            "d_fake",
            "d_mix",
            "d_wavelet_real",
            "d_wavelet_fake",
            "d_r1",
        ),
    }

    def __init__(self, setup: ModelSetup) -> None:
        super().__init__(setup)
        self.config = config = cast(OasisConfig, setup.config)
        _check_ignore_code(config, setup.n_codes)
        init = partial(init_xavier, gain=config.init_gain)
        self.keep(build_sampler(config, setup.n_codes, setup.channels), init)
        segmenter = build_discriminator(config, setup.n_codes, setup.channels)
        self.add(SEGMENTER, segmenter, init, config.discriminator_rate)
        if config.has_wavelet_discriminator:
            discriminator = build_wavelet_discriminator(config, setup.channels)
            rate = config.discriminator_rate * config.wavelet_discriminator_rate
            self.add(WAVELET, discriminator, init_equalised, rate)
            if config.r1_gamma:
                self.differentiated_twice = frozenset({WAVELET})

    def draws(self, size: int) -> dict[str, Tensor]:
        """Draw noise, again where discriminators see images of their own, and LabelMix's bits."""
        config, drawn = self.config, {}
        if config.noise_channels:
            drawn["noise"] = torch.randn(size, config.noise_channels)
            if config.fresh_fakes:
                drawn["noise_again"] = torch.randn(size, config.noise_channels)
        if config.supervision == "oasis" and config.lambda_labelmix:
            drawn["bits"] = draw_bits(size, self.setup.n_codes)
        return drawn

    def draws_by(self, seeds: Sequence[int], planes: Planes) -> dict[str, Tensor]:
        """Return the noise of each seed."""
        drawn = super().draws_by(seeds, planes)
        return drawn | noise_by(seeds, self.config.noise_channels, self.device)

    def graph_key(self, step: int) -> Hashable:
        """Return whether R1 is due."""
        return self._r1_due(step)

    def update(self, batch: Batch, step: int) -> Losses:
        """Update the generator and the discriminators, in the order of `fresh_fakes`."""
        config = self.config
        weights = code_weights(
            batch["labels"],
            self.setup.n_codes,
            config.class_balance,
            config.ignore_code,
            sum_over_ranks,
        )
        generator_loss = partial(self._generator_loss, weights)
        discriminator_loss = partial(self._discriminator_loss, weights, step)
        names = [name for name in self.networks if name != "generator"]
        micro_batches = self.micro_batches(batch)
        if not config.fresh_fakes:
            d_losses = self._update(names, micro_batches, discriminator_loss)
            return self._update(["generator"], micro_batches, generator_loss) | d_losses
        made = self._update(["generator"], micro_batches, generator_loss)
        with torch.no_grad():
            micro_batches = self.micro_batches(batch, "noise_again")
        return made | self._update(names, micro_batches, discriminator_loss)

    def _update(self, names: list[str], micro_batches: list[MicroBatch], loss: LossOf) -> Losses:
        found = self.optimise(names, micro_batches, loss)
        for name in names:
            follow_singular_values(self.networks[name])
        return found

    def _generator_loss(self, weights: Tensor, micro: MicroBatch) -> tuple[Tensor, Losses]:
        config, fake, labels = self.config, self.fake(micro), micro.batch["labels"]
        segment = segmentation_loss(self.networks[SEGMENTER](fake), labels, weights)
        total, losses = config.lambda_segment * segment, {"g_segment": segment}
        if WAVELET in self.networks:
            losses["g_wavelet"] = adversarial_loss(self.networks[WAVELET](fake), True, "vanilla")
            total = total + losses["g_wavelet"]
        if config.lambda_mask:
            losses["g_mask"] = mask_loss(
                fake, labels, config.mask_threshold, config.mask_softness, config.background_codes
            )
            total = total + config.lambda_mask * losses["g_mask"]
        if config.lambda_l1:
            losses["g_l1"] = l1_of_means(fake, micro.target, self.config.l1_mean_px)
            total = total + config.lambda_l1 * losses["g_l1"]
        if config.lambda_gradient:
            losses["g_gradient"] = gradient_difference(fake, micro.target)
            total = total + config.lambda_gradient * losses["g_gradient"]
        return total, losses

    def _discriminator_loss(
        self, weights: Tensor, step: int, micro: MicroBatch
    ) -> tuple[Tensor, Losses]:
        fake = self.fake(micro, grad=False)
        if self.config.supervision == "oasis":
            total, losses = self._paired_loss(micro, fake, weights)
        else:
            labels = micro.batch["labels"]
            total = segmentation_loss(self.networks[SEGMENTER](fake), labels, weights)
            losses = {"d_segment": total}
        if WAVELET in self.networks:
            realism, found = self._realism_loss(micro.target, fake, step)
            total, losses = total + realism, losses | found
        return total, losses

    def _paired_loss(
        self, micro: MicroBatch, fake: Tensor, weights: Tensor
    ) -> tuple[Tensor, Losses]:
        real, labels, weight = micro.target, micro.batch["labels"], self.config.lambda_labelmix
        images = [real, fake.to(real)]  # (B, C, H, W) each
        if weight:
            mask = mask_of(micro.batch.draws["bits"], labels)
            images.append(mix(mask, *images))
        # All in one pass, which no layer mixes: small tiles fill the device.
        verdicts = self.networks[SEGMENTER](torch.cat(images)).split(len(real))
        losses = {
            "d_real": segmentation_loss(verdicts[0], labels, weights),
            "d_fake": fake_loss(verdicts[1]),
        }
        total = losses["d_real"] + losses["d_fake"]
        if weight:
            losses["d_mix"] = consistency_loss(mask, verdicts[2], verdicts[0], verdicts[1])
            total = total + weight * losses["d_mix"]
        return total, losses

    def _realism_loss(self, real: Tensor, fake: Tensor, step: int) -> tuple[Tensor, Losses]:
        discriminator, config = self.networks[WAVELET], self.config
        losses = {
            "d_wavelet_real": adversarial_loss(discriminator(real), True, "vanilla"),
            "d_wavelet_fake": adversarial_loss(discriminator(fake), False, "vanilla"),
        }
        total = losses["d_wavelet_real"] + losses["d_wavelet_fake"]
        if config.r1_gamma:
            # Reported as it counts, so that the mean over steps is the penalty's.
            due = self._r1_due(step)
            penalty = (
                r1_penalty(discriminator, real, config.r1_gamma) if due else torch.zeros_like(total)
            )
            losses["d_r1"] = penalty * config.r1_every
            total = total + losses["d_r1"]
        return total, losses

    def _r1_due(self, step: int) -> bool:
        return (
            WAVELET in self.networks
            and self.config.r1_gamma > 0
            and not step % self.config.r1_every
        )


def _check_ignore_code(config: OasisConfig, n_codes: int) -> None:
    if config.ignore_code is not None and config.ignore_code >= n_codes:
        raise UserError(
            where="training.ignore_code",
            expected=f"a code of the label maps, 0 to {n_codes - 1}",
            found=str(config.ignore_code),
            fix="name the code that means unknown, or remove the line: no code is ignored then",
        )


def build(setup: ModelSetup) -> Model:
    """Return the untrained model."""
    return Oasis(setup)
