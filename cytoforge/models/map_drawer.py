"""How a trained StyleGAN draws label maps: of a vector of noise, and nothing else."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cytoforge.models.map_sets import MapSets
from cytoforge.models.sampler import Make, Planes, Sampler
from cytoforge.models.soft_maps import MapFormat, middle
from cytoforge.models.stylegan_config import StyleGanTraining, format_of, side_of
from cytoforge.networks.condition import noise_vectors
from cytoforge.networks.stylegan2 import StyleGan2
from cytoforge.networks.stylegan3 import StyleGan3
from cytoforge.seeds import derive_seed

LATENT, LAYER_NOISE = "latent", "layer_noise"


class MapDrawer(Sampler):
    """Soft label maps of noise, one per row of the noise.

    Attributes
    ----------
    format : which channels they have
    truncation : 1 draws as training does; less moves styles towards their mean: usual maps, and
        less different ones
    """

    generator: StyleGan2 | StyleGan3

    def __init__(self, generator: StyleGan2 | StyleGan3, format: MapFormat, size_px: int) -> None:
        super().__init__()
        self.generator, self.format, self.size_px = generator, format, size_px
        self.truncation = 1.0
        self.in_channels, self.out_channels = generator.mapping.channels, format.channels
        self.draws = {LATENT: self.in_channels}
        if generator.noise_numbers:
            self.draws[LAYER_NOISE] = generator.noise_numbers

    def condition(self, planes: Planes, draws: Planes) -> Tensor:
        """Return the noise, (B, in_channels): all that the generator sees."""
        return draws[LATENT]

    def target(self, planes: Planes) -> Tensor:
        """Return the middle of real tiles, sharp, (B, out_channels, size_px, size_px)."""
        labels = middle(planes["labels"], self.size_px)
        distances = middle(planes["distances"], self.size_px) if self.format.distance else None
        return self.format.of_labels(labels, distances)

    def forward(self, planes: Planes, draws: Planes) -> Tensor:
        """Return a map of each vector of noise; `planes` are not looked at."""
        style = self.generator.mapping(draws[LATENT], self.truncation)
        return self.of_style(style, draws.get(LAYER_NOISE))

    def of_style(self, style: Tensor, layer_noise: Tensor | None) -> Tensor:
        """Return a map of each style, (B, in_channels) → (B, out_channels, H, W) in [-1, 1]."""
        styles = style[:, None].expand(-1, self.generator.n_styles, -1)
        made: Tensor = self.generator(styles, layer_noise)
        return self.format.squashed(made.float())

    def draws_by(self, seeds: Sequence[int]) -> dict[str, Tensor]:
        """Return what the map of each seed is drawn of, on the CPU: the same on every device."""
        found = {LATENT: noise_vectors(seeds, self.in_channels)}
        if numbers := self.draws.get(LAYER_NOISE):
            found[LAYER_NOISE] = noise_vectors(
                [derive_seed(seed, LAYER_NOISE) for seed in seeds], numbers
            )
        return found

    def ways(self, make: Make, planes: Planes) -> MapSets:
        """Return as many drawn maps as there are tiles, and the tiles'."""
        made, real = make(self, planes) * 2 - 1, self.target(planes)
        return MapSets(self.format.codes(made), self.format.codes(real), self.format.n_codes)

    def with_generator(self, generator: nn.Module) -> "MapDrawer":
        """Return the same drawer around another generator."""
        assert isinstance(generator, StyleGan2 | StyleGan3)
        other = MapDrawer(generator, self.format, self.size_px)
        other.truncation = self.truncation
        return other

    def described(self) -> dict[str, Any]:
        """Return what is drawn, and the side of the maps."""
        return {**super().described(), "size_px": self.size_px}


def draws_on(draws: Planes, device: torch.device) -> dict[str, Tensor]:
    """Return draws on a device."""
    return {name: drawn.to(device) for name, drawn in draws.items()}


def build_drawer(
    config: StyleGanTraining, n_codes: int, network: Callable[..., StyleGan2 | StyleGan3]
) -> MapDrawer:
    """Return an untrained generator of label maps of `n_codes` classes; `network` is its kind."""
    format, size_px = format_of(config, n_codes), side_of(config)
    generator = network(
        format.channels,
        size_px,
        config.latent_channels,
        config.mapping_layers,
        config.channel_base,
        config.channel_max,
    )
    return MapDrawer(generator, format, size_px)
