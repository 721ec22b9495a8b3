"""From noise to styles: the mapping network of StyleGAN, its mean, and truncation towards it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.layouts import without_autocast
from cytoforge.networks.equalised import GAIN, SLOPE, EqualLinear

EPS = 1e-8


class StyleMapping(nn.Module):
    """Dense layers from a vector of noise z to a style w (Karras et al. 2019, arXiv:1812.04948).

    They learn a hundredth as fast as other layers. `average` is the moving average of w, towards
    which truncation moves a style: styles near it are those that training has seen most of.
    """

    average: Tensor

    def __init__(self, channels: int = 512, n_layers: int = 8, decay: float = 0.998) -> None:
        super().__init__()
        self.channels, self.decay = channels, decay
        self.layers = nn.ModuleList(
            EqualLinear(channels, channels, bias=True, rate=0.01) for _ in range(n_layers)
        )
        self.register_buffer("average", torch.zeros(channels))

    def forward(self, z: Tensor, truncation: float = 1.0) -> Tensor:  # (B, channels)
        with without_autocast(z):
            w = z * (z.square().mean(1, keepdim=True) + EPS).rsqrt()
            for layer in self.layers:
                w = F.leaky_relu(layer(w), SLOPE) * GAIN
        return w if truncation == 1 else self.average.lerp(w, truncation)  # (B, channels)

    @torch.no_grad()
    def follow(self, mean: Tensor) -> None:
        """Move the average towards the mean style of a batch, (channels,)."""
        self.average.lerp_(mean, 1 - self.decay)


def mixed_styles(w: Tensor, other: Tensor, crossover: Tensor, n_styles: int) -> Tensor:
    """Return a style for each layer: one image's up to its crossover, another's from there on.

    Layers then cannot rely on their neighbours having the same style (Karras et al. 2019, section
    3.1).

    Parameters
    ----------
    w, other : (B, channels)
    crossover : integers (B,): the first layer that takes the other style; `n_styles`: none does

    Returns
    -------
    (B, n_styles, channels)
    """
    layers = torch.arange(n_styles, device=w.device)
    first = (layers < crossover[:, None])[:, :, None]  # (B, n_styles, 1)
    return torch.where(first, w[:, None], other[:, None])
