"""StyleGAN3's layers: non-linear at twice the rate, between two low-pass filters (Karras et al.
2021, section 3.3)."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.ranks import sum_over_ranks, world_size
from cytoforge.networks.equalised import GAIN, SLOPE
from cytoforge.networks.low_pass import (
    along_both,
    low_pass,
    lowered_in_all_directions,
    lowering,
    radial_low_pass,
    raising,
)
from cytoforge.networks.modulation import Modulated

TAPS = 6  # of a filter per sample of the lower rate
LARGEST = 256.0  # values beyond are cut
HALF_LIFE = 20_000  # pictures, of the moving average of an input's size


@dataclass(frozen=True)
class Band:
    """What a map holds: frequencies up to `cutoff` cycles per picture, none above `cutoff` + half
    the width of the transition; `rate` samples per picture, `size_px` of them with the margin."""

    cutoff: float
    half_width: float
    rate: int
    size_px: int


class AliasFreeLayer(Modulated):
    """A modulated convolution, then a leaky ReLU at a higher rate.

    What a leaky ReLU adds lies at frequencies that the rate of its input does not hold; it is
    therefore applied at twice the rate, and what the output's rate does not hold is filtered out.
    The last layer (`to_picture`) is a plain 1 × 1 convolution.
    """

    magnitude: Tensor
    raise_by: Tensor
    lower_by: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        given: Band,
        made: Band,
        style_channels: int,
        *,
        kernel_size: int = 3,
        radial: bool = False,
        to_picture: bool = False,
    ) -> None:
        kernel_size = 1 if to_picture else kernel_size
        super().__init__(in_channels, out_channels, kernel_size, style_channels)
        self.to_picture, self.radial, self.padding = to_picture, radial, kernel_size - 1
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("magnitude", torch.ones(()))
        rate = max(given.rate, made.rate) * (1 if to_picture else 2)
        self.up, self.down = rate // given.rate, rate // made.rate
        up_line = down_filter = np.ones(1, np.float32)
        if self.up > 1:
            up_line = low_pass(TAPS * self.up, given.cutoff, 2 * given.half_width, rate)
        if self.down > 1:
            design = radial_low_pass if radial else low_pass
            down_filter = design(TAPS * self.down, made.cutoff, 2 * made.half_width, rate)
        if not to_picture:
            self._resample_by(up_line, down_filter, given.size_px, made.size_px)

    def _resample_by(
        self, up_line: np.ndarray, down_filter: np.ndarray, given_px: int, made_px: int
    ) -> None:
        """Set the matrices to and from the high rate: so many zeros lie around the map there that
        the output has its size, and samples lie in the middle of their pixels (appendix C.3)."""
        given_px += self.padding
        total = (made_px - 1) * self.down + 1 - given_px * self.up
        total += len(up_line) + len(down_filter) - 2
        before = (total + self.up) // 2
        raise_by = raising(up_line, given_px, self.up, before, total - before)
        self.register_buffer("raise_by", raise_by, persistent=False)
        lower_by = (
            lowering(down_filter, raise_by.shape[1], self.down)
            if down_filter.ndim == 1
            else torch.tensor(down_filter)
        )
        self.register_buffer("lower_by", lower_by, persistent=False)

    def draw_weights(self, random: torch.Generator) -> None:
        """Draw from N(0, 1); the bias is 0."""
        super().draw_weights(random)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor, w: Tensor, follow: int = 0) -> Tensor:  # (B, in_channels, n, n)
        if follow:
            self._follow(x, follow)
        x = self._convolved(x, w) + self.bias.to(x.dtype).view(1, -1, 1, 1)
        if self.to_picture:
            return x.clamp(-LARGEST, LARGEST)
        x = along_both(x, self.raise_by)
        x = (F.leaky_relu(x, SLOPE) * GAIN).clamp(-LARGEST, LARGEST)
        if self.radial:
            return lowered_in_all_directions(x, self.lower_by, self.down)
        return along_both(x, self.lower_by)  # (B, out_channels, m, m)

    def _convolved(self, x: Tensor, w: Tensor) -> Tensor:
        """Return the convolution, of an input that is divided by its usual size."""
        styles = self.styles(w) * (self.scale if self.to_picture else 1)
        weight: Tensor = self.weight
        if not self.to_picture:
            weight = weight * weight.square().mean((1, 2, 3), keepdim=True).rsqrt()
        x = x * (styles * self.magnitude.rsqrt()).to(x.dtype)[:, :, None, None]
        x = F.conv2d(x, weight, padding=self.padding)
        if self.to_picture:
            return x
        return x * self.demodulation(weight, styles).to(x.dtype)[:, :, None, None]

    @torch.no_grad()
    def _follow(self, x: Tensor, pictures: int) -> None:
        mean = sum_over_ranks(x.float().square().mean()) / world_size()
        self.magnitude.lerp_(mean, 1 - 0.5 ** (pictures / HALF_LIFE))
