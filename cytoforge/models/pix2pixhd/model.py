"""pix2pixHD: multi-scale discriminators whose features replace the L1 loss (Wang et al. 2018,
arXiv:1711.11585)."""

from collections.abc import Hashable, Mapping, Sequence
from types import EllipsisType
from typing import Any, ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from cytoforge.compute.steps import Batch
from cytoforge.models.gan import GanModel, Losses, MicroBatch, frozen
from cytoforge.models.losses import adversarial_loss, gradient_difference, l1_of_means
from cytoforge.models.model import ModelSetup
from cytoforge.models.pix2pixhd.appearance import Appearance
from cytoforge.models.pix2pixhd.coarse_to_fine import Phase, at_half_size, half_planes, phase_at
from cytoforge.models.pix2pixhd.config import Pix2PixHDConfig
from cytoforge.models.pix2pixhd.feature_matching import feature_matching_loss
from cytoforge.models.pix2pixhd.networks import (
    build_discriminator,
    build_encoder,
    build_sampler,
)
from cytoforge.models.sampler import Planes, Sampler
from cytoforge.networks.local_enhancer import LocalEnhancer

Window = tuple[EllipsisType, slice, slice]
WHOLE: Window = (..., slice(None), slice(None))
Judged = list[list[Tensor]]  # features of each layer at each scale


class Pix2PixHD(GanModel):
    """A global generator or one with an enhancer around it, and perhaps a feature encoder."""

    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "generator": ("g_gan", "g_features", "g_vgg", "g_l1", "g_gradient"),
        "discriminator": ("d_real", "d_fake"),
    }

    def __init__(self, setup: ModelSetup) -> None:
        super().__init__(setup)
        self.config = config = cast(Pix2PixHDConfig, setup.config)
        sampler = build_sampler(config, setup.n_codes, setup.channels)
        self.keep(sampler)
        self.phase = Phase.ALL
        discriminator = build_discriminator(config, sampler)
        self.add("discriminator", discriminator, rate=config.discriminator_rate)
        self.appearance: Appearance | None = None
        if config.feature_encoder:
            self.add("encoder", build_encoder(config, setup.channels))
            self.appearance = Appearance(self.networks["encoder"], config, setup)
        self.feature_loss = setup.feature_loss if config.lambda_vgg else None
        self.window = WHOLE

    def graph_key(self, step: int) -> Hashable | None:
        """Return the phase, or None: regions differ in number and windows in place each step."""
        windowed = self.feature_loss is not None and self.config.vgg_crop_px is not None
        if windowed or self.appearance is not None:
            return None
        return phase_at(self.config, step, self.setup.total_steps)

    def update(self, batch: Batch, step: int) -> Losses:
        """Update all networks together, each against the others as they were before.

        The original steps the generator first, but both its losses are of one forward pass: the
        discriminators judge, and are judged, as they were.
        """
        self._enter(phase_at(self.config, step, self.setup.total_steps))
        if self.phase is Phase.COARSE:
            batch = at_half_size(batch)
        if self.feature_loss is not None:
            self.window = random_window(batch["images"], self.config.vgg_crop_px)
        return self.optimise(list(self.networks), self.micro_batches(batch), self._losses)

    def forward(self, micro: MicroBatch) -> Tensor:
        """Return the generator's image of a micro-batch, (B, C, H, W)."""
        if self.appearance is None:
            return super().forward(micro)
        features = self.appearance.of(micro.batch.planes, micro.target)
        image: Tensor = self.networks["generator"](self.generator_sees(micro, features))
        return image

    def sample(self, sampler: Sampler, planes: Planes, seeds: Sequence[int]) -> Tensor:
        """Return images (B, C, H, W), float32 in [-1, 1]; while G1 learns alone, its, doubled."""
        coarse = self.phase is Phase.COARSE
        if isinstance(sampler.generator, LocalEnhancer):
            sampler.generator.coarse_only = coarse
        if not coarse:
            return super().sample(sampler, planes, seeds)
        image = super().sample(sampler, half_planes(planes), seeds)
        return F.interpolate(image, scale_factor=2, mode="bilinear")

    def draws_by(self, seeds: Sequence[int], planes: Planes) -> dict[str, Tensor]:
        """Return the mean appearance of each region's code, where there is a feature encoder."""
        drawn = super().draws_by(seeds, planes)
        if self.appearance is None:
            return drawn
        return drawn | {"features": self.appearance.typical(planes["labels"])}

    def extra_state(self) -> dict[str, Any]:
        """Return the mean appearance of each code."""
        return {} if self.appearance is None else self.appearance.state_dict()

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Restore the mean appearance of each code."""
        if self.appearance is not None:
            self.appearance.load_state_dict(state)

    def finish(self, planes: Planes) -> dict[str, Any]:
        """Return `feature_clusters`, {code: [[feature, …], …]}, where there is an encoder."""
        if self.appearance is None:
            return {}
        with self.arithmetic():
            return {"feature_clusters": self.appearance.clusters(planes)}

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        generator = self.networks["generator"]
        if isinstance(generator, LocalEnhancer):
            generator.coarse_only = phase is Phase.COARSE
            generator.coarse.requires_grad_(phase is not Phase.ENHANCER)

    def _losses(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        config, real = self.config, micro.target
        fake = self.fake(micro)  # (B, C, H, W)
        on_real, on_fake = self._logits_of_both(micro.condition, real, fake.detach())
        discriminator = self.networks["discriminator"]
        with frozen(discriminator):  # the generator's losses teach the generator alone
            on_own: Judged = discriminator(torch.cat([micro.condition, fake], 1))
        weighed = {"g_gan": (1.0, self._adversarial(on_own, True))}
        if config.lambda_features:
            matching = feature_matching_loss(on_own, on_real)
            weighed["g_features"] = (config.lambda_features, matching)
        if self.feature_loss is not None:
            seen, wanted = (image[self.window] for image in (fake, real))
            weighed["g_vgg"] = (config.lambda_vgg, self.feature_loss(seen, wanted))
        # At weight 0 too: it is what the other models report.
        weighed["g_l1"] = (config.lambda_l1, l1_of_means(fake, real, config.l1_mean_px))
        if config.lambda_gradient:
            weighed["g_gradient"] = (config.lambda_gradient, gradient_difference(fake, real))
        weighed["d_real"] = (0.5, self._adversarial(on_real, True))
        weighed["d_fake"] = (0.5, self._adversarial(on_fake, False))
        total = torch.stack([weight * loss for weight, loss in weighed.values() if weight]).sum()
        return total, {name: loss for name, (_, loss) in weighed.items()}

    def _logits_of_both(
        self, condition: Tensor, real: Tensor, fake: Tensor
    ) -> tuple[Judged, Judged]:
        discriminator = self.networks["discriminator"]
        pairs = [torch.cat([condition, image], 1) for image in (real, fake)]
        if self.config.norm == "batch":  # whose statistics would mix real and fake
            return discriminator(pairs[0]), discriminator(pairs[1])
        judged: Judged = discriminator(torch.cat(pairs))
        halves = [[layer.chunk(2) for layer in scale] for scale in judged]
        on_real, on_fake = ([[layer[i] for layer in scale] for scale in halves] for i in (0, 1))
        return on_real, on_fake

    def _adversarial(self, judged: Judged, real: bool) -> Tensor:
        losses = [adversarial_loss(scale[-1], real, self.config.gan_mode) for scale in judged]
        return torch.stack(losses).sum()


def build(setup: ModelSetup) -> Pix2PixHD:
    """Return the untrained model on its device."""
    return Pix2PixHD(setup)


def random_window(images: Tensor, side_px: int | None) -> Window:
    """Draw where the VGG loss is computed: one position for all tiles and processes of a step."""
    if side_px is None or side_px >= min(images.shape[-2:]):
        return WHOLE
    top, left = (int(torch.randint(size - side_px + 1, ())) for size in images.shape[-2:])
    return ..., slice(top, top + side_px), slice(left, left + side_px)
