"""How a StyleGAN learns to draw label maps; a model adds its networks (Karras et al. 2020,
arXiv:1912.04958 and, ADA, arXiv:2006.06676; 2021, arXiv:2106.12423)."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, ClassVar, cast

import torch
from scipy import ndimage
from torch import Tensor

from cytoforge.compute.ranks import sum_over_ranks, world_size
from cytoforge.compute.steps import Batch
from cytoforge.models import adaptive_augment
from cytoforge.models.adaptive_augment import AdaptiveAugment
from cytoforge.models.fading_blur import fading_blur
from cytoforge.models.gan import GanModel, Losses, MicroBatch
from cytoforge.models.losses import adversarial_loss, r1_penalty
from cytoforge.models.map_drawer import LATENT, LAYER_NOISE, MapDrawer, draws_on
from cytoforge.models.model import ModelSetup
from cytoforge.models.path_length import PathLength
from cytoforge.models.sampler import Planes, Sampler
from cytoforge.models.soft_maps import cropped
from cytoforge.models.stylegan_config import PER_KIMG, StyleGanTraining, side_of
from cytoforge.networks.equalised import init_equalised
from cytoforge.networks.style_mapping import mixed_styles
from cytoforge.networks.stylegan2 import ResidualDiscriminator

GENERATOR, DISCRIMINATOR = "generator", "discriminator"
MAPS = "maps"  # the plane of real maps, soft
SMALLEST_AREA_PX = 9  # of an object in a drawn map
PASSES = ("", "_again", "_path")  # of the generator: each with noise of its own


class StyleGanModel(GanModel):
    """A generator of soft label maps against a discriminator that sees them and real ones."""

    losses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "generator": ("g_gan", "g_path"),
        "discriminator": ("d_real", "d_fake", "d_r1"),
        "augmentation": ("ada_p",),
    }
    differentiated_twice = frozenset({GENERATOR, DISCRIMINATOR})

    def __init__(self, setup: ModelSetup, sampler: MapDrawer, gamma_rule: float) -> None:
        super().__init__(setup)
        self.config = config = cast(StyleGanTraining, setup.config)
        self.drawer, self.gamma = sampler, config.gamma(gamma_rule)
        self.keep(sampler, init_equalised)
        discriminator = ResidualDiscriminator(
            sampler.out_channels,
            side_of(config),
            int(config.channel_base * config.discriminator_share),
            int(config.channel_max * config.discriminator_share),
            config.stddev_group,
        )
        self.add(DISCRIMINATOR, discriminator, init_equalised, config.discriminator_rate)
        if config.path_weight:
            self._lazily(GENERATOR, config.path_every)
        if self.gamma:
            self._lazily(DISCRIMINATOR, config.r1_every)
        self.augment = AdaptiveAugment(
            config.ada_target, config.ada_kimg, config.ada_every, self.device
        )
        self.path = PathLength(config.path_decay, self.device)
        self.blur_now = 0.0

    def _lazily(self, name: str, every: int) -> None:
        """Let a network learn as if its regularisation were part of every step, though it takes a
        step of its own at each `every`-th: n + 1 steps in place of n (Karras et al. 2020, appendix
        B)."""
        share = every / (every + 1)
        self.rates[name] *= share
        for group in self.optimisers[name].param_groups:
            group["betas"] = tuple(beta**share for beta in group["betas"])

    def draw(self, batch: Batch) -> Batch:
        """Return real maps, soft, of a square of each tile, with the step's random numbers."""
        found, config, format = super().draw(batch), self.config, self.drawer.format
        drawn = dict(found.draws)
        corner, doubt = drawn.pop("corner"), drawn.pop("doubt")
        room = [side - side_of(config) + 1 for side in batch["labels"].shape[-2:]]
        down, across = ((corner[:, k] * room[k]).long() for k in (0, 1))
        planes = {
            name: cropped(batch[name], side_of(config), down, across) for name in config.needs
        }
        maps = self.drawer.target(planes)
        maps = format.softened(maps, config.real_blur_px, doubt * config.real_noise)
        return replace(found, planes={MAPS: maps.contiguous()}, draws=drawn)

    def draws(self, size: int) -> dict[str, Tensor]:
        """Draw noise for every pass of the generator, crossovers of styles, augmentations, where
        tiles are cut, and how uncertain their pixels are."""
        side, channels = side_of(self.config), self.drawer.in_channels
        drawn = {"corner": torch.rand(size, 2), "doubt": torch.rand(size, 1, side, side)}
        for name in self._passes:
            drawn[f"{LATENT}{name}"] = torch.randn(size, channels)
            if self.config.mixing:
                drawn[f"other{name}"] = torch.randn(size, channels)
                drawn[f"crossover{name}"] = self._crossovers(size)
            if numbers := self.drawer.draws.get(LAYER_NOISE):
                drawn[f"{LAYER_NOISE}{name}"] = torch.randn(size, numbers)
        if self.augment.on:
            for name in ("augment_generator", "augment_made", "augment_real"):
                drawn[name] = adaptive_augment.drawn(size)
        return drawn

    @property
    def _passes(self) -> list[str]:
        """Passes of the generator that a training has."""
        has = {"_again": self.config.fresh_fakes, "_path": self.config.path_weight > 0}
        return ["", *(name for name in PASSES[1:] if has[name])]

    def _crossovers(self, size: int) -> Tensor:
        """Return the first layer with the other style; none has it where styles are not mixed."""
        layers = self.drawer.generator.n_styles
        mixed = torch.rand(size) < self.config.mixing
        return torch.where(mixed, torch.randint(1, layers, (size,)), layers)

    def graph_key(self, step: int) -> Hashable | None:
        """Return what is due at a step; a blur that fades differs at each."""
        return None if self._blur_px(step) else self._due(step)

    def _due(self, step: int) -> tuple[bool, bool, bool]:
        """Return whether path length, R1, and an adjustment of the augmentation are due."""
        config = self.config
        return (
            config.path_weight > 0 and not step % config.path_every,
            self.gamma > 0 and not step % config.r1_every,
            self.augment.on and not (step + 1) % config.ada_every,
        )

    def update(self, batch: Batch, step: int) -> Losses:
        """Update the generator, then the discriminator; regularise each where that is due."""
        path_due, r1_due, adjust_due = self._due(step)
        self.blur_now = self._blur_px(step)
        parts = self.parts(batch)
        losses = self.optimise([GENERATOR], parts, self._generator_loss)
        losses["g_path"] = torch.zeros_like(losses["g_gan"])
        if path_due:
            losses |= self.optimise([GENERATOR], self.parts(batch, "_path"), self._path_loss)
        if self.config.fresh_fakes:
            parts = self.parts(batch, "_again")
        losses |= self.optimise([DISCRIMINATOR], parts, self._discriminator_loss)
        signs = losses.pop("signs")
        losses["d_r1"] = torch.zeros_like(losses["d_real"])
        if r1_due:
            losses |= self.optimise([DISCRIMINATOR], parts, self._r1_loss)
        losses["ada_p"] = self.augment.p.clone()
        if self.augment.on:
            self.augment.note(signs)
        if adjust_due:
            self.augment.adjust(len(batch) * world_size())
        return losses

    def parts(self, batch: Batch, noise: str = "") -> list[MicroBatch]:
        """Divide a batch as memory asks for, with the noise of one of `PASSES`."""
        size = len(batch)
        count, found = min(self.setup.micro_batches, size), []
        for first, end in pairwise(k * size // count for k in range(count + 1)):
            part = batch.rows(slice(first, end))
            # By the names that a pass without a suffix has.
            own = {
                name.removesuffix(noise): rows
                for name, rows in part.draws.items()
                if name.endswith(noise)
            }
            part = replace(part, draws={**part.draws, **own})
            found.append(MicroBatch(part, own[LATENT], part[MAPS], (end - first) / size))
        return found

    def forward(self, micro: MicroBatch, follow: bool = False) -> Tensor:
        """Return soft maps of a micro-batch's noise, of two styles each where they are mixed."""
        return self._drawn(self._styles(micro, follow), micro, follow)

    def _styles(self, micro: MicroBatch, follow: bool = False) -> Tensor:
        mapping, draws = self.drawer.generator.mapping, micro.batch.draws
        layers, style = self.drawer.generator.n_styles, mapping(draws[LATENT])  # (B, channels)
        if follow:
            mapping.follow(sum_over_ranks(style.detach().mean(0)) / world_size())
        if not self.config.mixing:
            return style[:, None].expand(-1, layers, -1)
        return mixed_styles(style, mapping(draws["other"]), draws["crossover"], layers)

    def _drawn(self, styles: Tensor, micro: MicroBatch, follow: bool = False) -> Tensor:
        generator, noise = self.drawer.generator, micro.batch.draws.get(LAYER_NOISE)
        seen = {"follow": len(styles) * world_size()} if follow and noise is None else {}
        made: Tensor = generator(styles, noise, **seen)
        return self.drawer.format.squashed(made.float())

    def _judged(self, maps: Tensor, draws: Tensor | None) -> Tensor:
        """Return the discriminator's logits of maps, which it sees augmented and blurred."""
        seen = maps if draws is None else self.augment(maps, draws)
        seen = fading_blur(seen, self.blur_now).contiguous(memory_format=self.layout)
        logits: Tensor = self.networks[DISCRIMINATOR](seen)  # (B, 1)
        return logits

    def _generator_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        made = self.forward(micro, follow=True)
        micro.made = made.detach()
        loss = adversarial_loss(
            self._judged(made, micro.batch.draws.get("augment_generator")), True, "vanilla"
        )
        return loss, {"g_gan": loss}

    def _path_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        count = max(1, len(micro.condition) // self.config.path_shrink)
        few = replace(micro, batch=micro.batch.rows(slice(0, count)))
        with torch.autocast(self.device.type, enabled=False):  # of squares of small gradients
            styles = self._styles(few)
            penalty = self.path(self._drawn(styles, few), styles)
        # Reported as it counts, so that the mean over steps is the penalty's.
        loss = penalty * self.config.path_weight * self.config.path_every
        return loss, {"g_path": loss}

    def _discriminator_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        draws = micro.batch.draws
        if micro.made is None:
            with torch.no_grad():
                micro.made = self.forward(micro)
        fake = self._judged(micro.made, draws.get("augment_made"))
        real = self._judged(micro.target, draws.get("augment_real"))
        losses = {
            "d_real": adversarial_loss(real, True, "vanilla"),
            "d_fake": adversarial_loss(fake, False, "vanilla"),
        }
        signs = real.detach().float().sign().mean()
        return losses["d_real"] + losses["d_fake"], {**losses, "signs": signs}

    def _r1_loss(self, micro: MicroBatch) -> tuple[Tensor, Losses]:
        # Of what the discriminator sees: torch cannot differentiate its sampling of a grid twice.
        draws = micro.batch.draws.get("augment_real")
        seen = micro.target if draws is None else self.augment(micro.target, draws)
        seen = fading_blur(seen, self.blur_now)
        penalty = r1_penalty(self.networks[DISCRIMINATOR], seen, self.gamma) * self.config.r1_every
        return penalty, {"d_r1": penalty}

    def _blur_px(self, step: int) -> float:
        """Return how much maps are blurred at a step, SD in px; it fades linearly."""
        config = self.config
        seen = step * config.batch_size / (config.blur_kimg * PER_KIMG)
        return config.blur_px * max(0.0, 1 - seen)

    def sample(self, sampler: Sampler, planes: Planes, seeds: Sequence[int]) -> Tensor:
        """Return the map of each seed, (B, channels, H, W) float32 in [-1, 1]."""
        assert isinstance(sampler, MapDrawer)
        draws = draws_on(sampler.draws_by(seeds), self.device)
        with self.arithmetic():
            made: Tensor = sampler(planes, draws)
        return made

    def finish(self, planes: Planes) -> dict[str, Any]:
        """Return how large an object has to be, in px: a tenth of the usual one of training."""
        if not self.drawer.format.distance:
            return {"decoding": {"min_area_px": SMALLEST_AREA_PX}}
        inside, middles = (planes["distances"] > level for level in (-1, 1 - 1e-6))
        objects = max(1, sum(ndimage.label(one)[1] for one in middles.cpu().numpy()))
        usual = float(inside.sum()) / objects
        return {"decoding": {"min_area_px": max(SMALLEST_AREA_PX, round(usual / 10))}}

    def extra_state(self) -> dict[str, Any]:
        """Return the strength of the augmentation, and the mean path length."""
        return {"augment": self.augment.state_dict(), "path_mean": self.path.mean.cpu()}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Go on where `extra_state` was taken."""
        self.augment.load_state_dict(state["augment"])
        self.path.mean.copy_(state["path_mean"])
