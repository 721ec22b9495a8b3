"""What models that translate have in common: discriminators of domains, pools, a known start."""

from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor

from cytoforge.compute.devices import to_device
from cytoforge.compute.ranks import all_rows, own_rows, world_size
from cytoforge.compute.steps import Batch
from cytoforge.errors import UserError
from cytoforge.models.gan import GanModel, Losses
from cytoforge.models.image_pool import ImagePool
from cytoforge.models.losses import adversarial_loss
from cytoforge.models.model import ModelSetup
from cytoforge.models.stain_change import changed, draw_changes
from cytoforge.models.transfer import begin_from, hold
from cytoforge.models.translation_config import TranslationTraining
from cytoforge.models.translator import Translator
from cytoforge.networks.patchgan import PatchGAN


class TranslationModel(GanModel):
    """Generators between two domains, and one discriminator per domain that is made.

    A discriminator sees images of its domain and nothing beside them. A subclass adds what else it
    trains by, calls `begin`, and has `update`.
    """

    def __init__(self, setup: ModelSetup, sampler: Translator, domains: str) -> None:
        super().__init__(setup)
        self.translation = config = cast(TranslationTraining, setup.config)
        if config.needs_colours and setup.channels != 3:
            raise UserError(
                where=f"models.*.training.{', '.join(config.needs_colours)}",
                expected="images of red, green and blue",
                found=f"{setup.channels} channels",
                fix="leave out what needs colours",
            )
        self.keep(sampler)
        self.domains = tuple(domains)
        for domain in self.domains:
            network = PatchGAN(
                setup.channels,
                config.discriminator_filters,
                config.discriminator_layers,
                config.norm,
            )
            self.add(f"discriminator_{domain}", network, rate=config.discriminator_rate)
        self.pools = {domain: ImagePool(config.pool_size) for domain in self.domains}

    def draw(self, batch: Batch) -> Batch:
        """Return the tiles, stained and lit otherwise where the config says so.

        A row of either domain is changed alike: pairs stay pairs, and others are none anyway.
        """
        config = self.translation
        if not config.stains_change:
            return batch
        tiles = len(batch) * world_size()
        drawn = own_rows(draw_changes(tiles, config.stain_spread, config.light_spread))
        changes = to_device(drawn, self.device)
        return replace(batch, planes={n: changed(p, changes) for n, p in batch.planes.items()})

    def begin(self) -> None:
        """Take the weights that training goes on from, and hold still what the config says."""
        if self.translation.initial is not None:
            kept = [name for name, _ in self.sampler.named_children()]
            begin_from(self.translation.initial, self.networks, kept)
        hold(self.networks, self.translation.freeze)

    @property
    def discriminators(self) -> list[str]:
        """Names of the discriminators."""
        return [f"discriminator_{domain}" for domain in self.domains]

    def deceived(self, domain: str, made: Tensor) -> Tensor:
        """Return how far the discriminator is from calling what was made real."""
        logits = self.networks[f"discriminator_{domain}"](made)  # (B, 1, h, w)
        return adversarial_loss(logits, True, self.translation.gan_mode)

    def judged(self, domain: str, real: Tensor, made: Tensor) -> tuple[Tensor, Losses]:
        """Return a discriminator's loss, half of the sum over real and made images (B, C, H, W).

        Both in one pass: norms are of each image by itself.
        """
        both = torch.cat([real, self._pooled(domain, made)])
        logits = self.networks[f"discriminator_{domain}"](both)
        mode = self.translation.gan_mode
        on_real, on_made = logits.split(len(real))
        d_real, d_fake = (
            adversarial_loss(on_real, True, mode),
            adversarial_loss(on_made, False, mode),
        )
        return (d_real + d_fake) * 0.5, {f"d_real_{domain}": d_real, f"d_fake_{domain}": d_fake}

    def _pooled(self, domain: str, made: Tensor) -> Tensor:
        """Exchange some for older ones: of one pool that is the same in all processes."""
        pool = self.pools[domain]
        return own_rows(pool.query(all_rows(made))) if pool.size else made

    def extra_state(self) -> dict[str, Any]:
        """Return the pools of older images."""
        return {"pools": {domain: pool.state_dict() for domain, pool in self.pools.items()}}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        """Go on with the pools of older images."""
        for domain, pool in self.pools.items():
            pool.load_state_dict(state["pools"][domain], self.device)

    def handed_on(self) -> dict[str, Tensor]:
        """Return what another training may go on from beside the kept weights."""
        kept = dict(self.sampler.named_children())
        return {
            f"{name}.{key}": value
            for name, network in self.networks.items()
            if name not in kept
            for key, value in network.state_dict().items()
        }
