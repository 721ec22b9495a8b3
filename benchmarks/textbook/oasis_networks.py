"""The networks of OASIS and of its variant on wavelet bands, plainly."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.textbook.wavelet import bands_of, pixels_of


class SpectralConv(nn.Conv2d):
    """A convolution divided by its largest singular value, found by one power iteration from what
    the last update left (Miyato et al. 2018, algorithm 1)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, bias: bool = True) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2, bias=bias)
        self.register_buffer("u", torch.ones(outputs) / outputs**0.5)

    def iterate(self) -> tuple[Tensor, Tensor]:
        """Return left and right singular vectors."""
        matrix = self.weight.detach().reshape(self.out_channels, -1)
        v = F.normalize(matrix.t().mv(self.u), dim=0)
        return F.normalize(matrix.mv(v), dim=0), v

    def forward(self, x: Tensor) -> Tensor:
        u, v = self.iterate()
        sigma = u.dot(self.weight.reshape(self.out_channels, -1).mv(v))
        return F.conv2d(x, self.weight / sigma, self.bias, padding=self.padding)


def follow_singular_values(network: nn.Module) -> None:
    """Iterate every spectral norm of a network once and for all, after an update of it."""
    for layer in network.modules():
        if isinstance(layer, SpectralConv):
            layer.u = layer.iterate()[0]


class Spade(nn.Module):
    """Normalise without weights; then scale and shift each pixel by what the condition says."""

    def __init__(self, channels: int, condition: int, hidden: int, norm: str) -> None:
        super().__init__()
        batch, instance = nn.BatchNorm2d(channels, affine=False), nn.InstanceNorm2d(channels)
        self.norm = batch if norm == "batch" else instance
        self.hidden = nn.Conv2d(condition, hidden, 3, padding=1)
        self.gamma = nn.Conv2d(hidden, channels, 3, padding=1)
        self.beta = nn.Conv2d(hidden, channels, 3, padding=1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:  # (B, channels, h, w), (B, K, H, W)
        condition = F.interpolate(condition, size=x.shape[2:], mode="nearest")
        seen = F.relu(self.hidden(condition))
        return self.norm(x) * (1 + self.gamma(seen)) + self.beta(seen)


class Block(nn.Module):
    """SPADE residual block; with `wavelet`, widths are of pixels and tensors are Haar bands."""

    def __init__(
        self, inputs: int, outputs: int, condition: int, hidden: int, norm: str, wavelet: bool
    ) -> None:
        super().__init__()
        inner, f = min(inputs, outputs), 4 if wavelet else 1
        self.wavelet, self.changes = wavelet, inputs != outputs
        self.spade_in = Spade(inputs, condition, hidden, norm)
        self.first = SpectralConv(f * inputs, f * inner, 3)
        self.spade_inner = Spade(inner, condition, hidden, norm)
        self.second = SpectralConv(f * inner, f * outputs, 3)
        if self.changes:
            self.spade_shortcut = Spade(inputs, condition, hidden, norm)
            self.shortcut = SpectralConv(f * inputs, f * outputs, 1, bias=False)

    def forward(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        skip = self.shortcut(self.spade(self.spade_shortcut, x, condition)) if self.changes else x
        main = self.first(F.leaky_relu(self.spade(self.spade_in, x, condition), 0.2))
        main = self.second(F.leaky_relu(self.spade(self.spade_inner, main, condition), 0.2))
        return skip, main

    def spade(self, layer: Spade, x: Tensor, condition: Tensor) -> Tensor:
        """Modulate pixels, whatever `x` is."""
        if self.wavelet:
            return bands_of(layer(pixels_of(x), condition))
        return layer(x, condition)


class Generator(nn.Module):
    """Blocks from a small picture of noise and labels, doubled between them."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        filters: int,
        blocks: int,
        hidden: int,
        norm: str,
        wavelet: bool,
    ) -> None:
        super().__init__()
        self.wavelet, f = wavelet, 4 if wavelet else 1
        times = [min(16, 2 ** (blocks - k)) for k in range(blocks + 1)]
        widths = [filters * k for k in times]
        self.stem = nn.Conv2d(inputs, f * widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            Block(widths[k], widths[k + 1], inputs, hidden, norm, wavelet) for k in range(blocks)
        )
        kernel = 1 if wavelet else 3
        self.output = nn.Conv2d(f * widths[-1], f * outputs, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, H, W)
        halvings = len(self.blocks) - (0 if self.wavelet else 1)
        y = self.stem(F.interpolate(x, scale_factor=0.5**halvings, mode="nearest"))
        for k, block in enumerate(self.blocks):
            skip, main = block(y, x)
            if k < len(self.blocks) - 1:
                main = F.interpolate(main, scale_factor=2, mode="nearest")
                if self.wavelet:
                    larger = F.interpolate(pixels_of(skip), scale_factor=2, mode="bilinear")
                    skip = bands_of(larger)
                else:
                    skip = F.interpolate(skip, scale_factor=2, mode="nearest")
            y = skip + main
        y = self.output(F.leaky_relu(y, 0.2))
        return torch.tanh(pixels_of(y) if self.wavelet else y)


class Step(nn.Module):
    """Residual block of the discriminator, to half or to double the size."""

    def __init__(self, inputs: int, outputs: int, first_of_all: bool, up: bool) -> None:
        super().__init__()
        self.activate, self.up, self.changes = not first_of_all, up, inputs != outputs
        self.first = SpectralConv(inputs, outputs, 3)
        self.second = SpectralConv(outputs, outputs, 3)
        if self.changes:
            self.shortcut = SpectralConv(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        skip = self.shortcut(x) if self.changes else x
        main = F.leaky_relu(x, 0.2) if self.activate else x
        if self.up:
            main = F.interpolate(main, scale_factor=2, mode="nearest")
        main = self.second(F.leaky_relu(self.first(main), 0.2))
        if self.up:
            return F.interpolate(skip, scale_factor=2, mode="nearest") + main
        return F.avg_pool2d(skip + main, 2)


class Segmenter(nn.Module):
    """U-Net whose output 0 is "fake" and output c + 1 "real, of code c"."""

    def __init__(self, inputs: int, n_codes: int, filters: int, blocks: int) -> None:
        super().__init__()
        widths = [inputs, *(filters * min(4, 2 ** (k // 2)) for k in range(blocks))]
        self.down = nn.ModuleList(
            Step(widths[k], widths[k + 1], k == 0, up=False) for k in range(blocks)
        )
        self.up = nn.ModuleList()
        for k in range(blocks, 0, -1):
            seen = widths[k] if k == blocks else 2 * widths[k]
            self.up.append(Step(seen, widths[k - 1] if k > 1 else filters // 2, False, up=True))
        self.output = nn.Conv2d(filters // 2, n_codes + 1, 1)

    def forward(self, image: Tensor) -> Tensor:  # (B, inputs, H, W)
        found = [image]
        for block in self.down:
            found.append(block(found[-1]))
        y = self.up[0](found[-1])
        for block, skip in zip(list(self.up)[1:], found[-2:0:-1], strict=True):
            y = block(torch.cat([y, skip], 1))
        return self.output(y)  # (B, n_codes + 1, H, W)


def xavier_weights(layer: nn.Module) -> None:
    """Draw weights as Xavier with gain 0.02; biases are 0."""
    if isinstance(layer, nn.Conv2d):
        nn.init.xavier_normal_(layer.weight, gain=0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
