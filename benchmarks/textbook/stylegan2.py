"""StyleGAN2 as its paper has it: plain, eager, float32, nothing clever.

The yardstick of `cytoforge.models.stylegan2`: tests compare one step, benchmarks/training.py the
time. It shares no code with the package. Every picture has weights of its own, and all pictures'
convolutions are one grouped convolution, as section 2.2 describes it; filters are plain
convolutions with zeros between pixels. Without augmentation and mixing of styles.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

KERNEL = torch.outer(torch.tensor([1.0, 3.0, 3.0, 1.0]), torch.tensor([1.0, 3.0, 3.0, 1.0])) / 64


def leaky(x: Tensor) -> Tensor:
    """Leaky ReLU of slope 0.2 that keeps the variance."""
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def smooth(x: Tensor, pad: tuple[int, int], gain: float = 1) -> Tensor:
    """Blur every channel by itself on zeros."""
    channels = x.shape[1]
    kernel = (KERNEL.to(x) * gain)[None, None].repeat(channels, 1, 1, 1)
    return F.conv2d(F.pad(x, (*pad, *pad)), kernel, groups=channels)


def spread_out(x: Tensor) -> Tensor:
    """Put a zero behind every pixel."""
    size, channels, height, width = x.shape
    wide = x.new_zeros(size, channels, 2 * height, 2 * width)
    wide[:, :, ::2, ::2] = x
    return wide


class Dense(nn.Module):
    """A dense layer with equalised learning rate."""

    def __init__(self, ins: int, outs: int, start: float = 0, rate: float = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outs, ins) / rate)
        self.bias = nn.Parameter(torch.full((outs,), float(start)))
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        scale = self.rate / math.sqrt(self.weight.shape[1])
        return F.linear(x, self.weight * scale, self.bias * self.rate)


class Styled(nn.Module):
    """A modulated convolution of each picture with weights of its own."""

    def __init__(
        self, ins: int, outs: int, kernel: int, styles: int, up: bool = False, picture: bool = False
    ) -> None:
        super().__init__()
        self.affine = Dense(styles, ins, start=1)
        self.weight = nn.Parameter(torch.randn(outs, ins, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outs))
        if not picture:
            self.noise_strength = nn.Parameter(torch.zeros(()))
        self.up, self.picture = up, picture

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None = None) -> Tensor:
        size, ins, height, width = x.shape
        outs, _, kernel, _ = self.weight.shape
        scale = 1 / math.sqrt(ins * kernel**2)
        weight = self.weight[None] * scale * self.affine(w)[:, None, :, None, None]
        if not self.picture:
            weight = weight / (weight.square().sum((2, 3, 4), keepdim=True) + 1e-8).sqrt()
        if self.up:
            x = x.reshape(1, size * ins, height, width)
            turned = weight.transpose(1, 2).reshape(size * ins, outs, kernel, kernel)
            x = F.conv_transpose2d(x, turned, stride=2, groups=size)
            x = smooth(x.view(size, outs, *x.shape[2:]), (1, 1), gain=4)
        else:
            x = x.reshape(1, size * ins, height, width)
            flat = weight.reshape(size * outs, ins, kernel, kernel)
            x = F.conv2d(x, flat, padding=kernel // 2, groups=size)
            x = x.view(size, outs, *x.shape[2:])
        if self.picture:
            return x + self.bias.view(1, -1, 1, 1)
        return leaky(x + noise * self.noise_strength + self.bias.view(1, -1, 1, 1))


class Generator(nn.Module):
    """Mapping and synthesis."""

    def __init__(self, outs: int, size: int, styles: int, layers: int, base: int, most: int):
        super().__init__()
        sides = [2**k for k in range(2, int(math.log2(size)) + 1)]
        widths = [min(base // side, most) for side in sides]
        self.mapping = nn.ModuleList(Dense(styles, styles, rate=0.01) for _ in range(layers))
        self.start = nn.Parameter(torch.randn(widths[0], 4, 4))
        self.first = Styled(widths[0], widths[0], 3, styles)
        self.pictures = nn.ModuleList(Styled(w, outs, 1, styles, picture=True) for w in widths)
        self.layers = nn.ModuleList()
        for wide, narrow in pairwise(widths):
            self.layers.append(Styled(wide, narrow, 3, styles, up=True))
            self.layers.append(Styled(narrow, narrow, 3, styles))
        self.noise_px = [4, *(side for side in sides[1:] for _ in range(2))]

    def style(self, z: Tensor) -> Tensor:
        w = z / (z.square().mean(1, keepdim=True) + 1e-8).sqrt()
        for layer in self.mapping:
            w = leaky(layer(w))
        return w

    def forward(self, styles: Tensor, noise: Tensor) -> Tensor:
        parts = noise.split([side**2 for side in self.noise_px], 1)
        grains = [p.view(-1, 1, s, s) for p, s in zip(parts, self.noise_px, strict=True)]
        x = self.start[None].repeat(len(styles), 1, 1, 1)
        x = self.first(x, styles[:, 0], grains[0])
        picture = self.pictures[0](x, styles[:, 1])
        for k in range(len(self.layers) // 2):
            x = self.layers[2 * k](x, styles[:, 2 * k + 1], grains[2 * k + 1])
            x = self.layers[2 * k + 1](x, styles[:, 2 * k + 2], grains[2 * k + 2])
            doubled = smooth(spread_out(picture), (2, 1), gain=4)
            picture = doubled + self.pictures[k + 1](x, styles[:, 2 * k + 3])
        return picture


class Plain(nn.Module):
    """A convolution with equalised learning rate."""

    def __init__(self, ins: int, outs: int, kernel: int, down: bool = False, skip: bool = False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outs, ins, kernel, kernel))
        self.bias = None if skip else nn.Parameter(torch.zeros(outs))
        self.down = down

    def forward(self, x: Tensor) -> Tensor:
        _, ins, kernel, _ = self.weight.shape
        weight = self.weight / math.sqrt(ins * kernel**2)
        if self.down:
            pad = 2 if kernel == 3 else 1
            x = F.conv2d(smooth(x, (pad, pad)), weight, stride=2)
        else:
            x = F.conv2d(x, weight, padding=kernel // 2)
        return x if self.bias is None else leaky(x + self.bias.view(1, -1, 1, 1))


class Discriminator(nn.Module):
    """Residual blocks, and how much the pictures of a group differ."""

    def __init__(self, ins: int, size: int, base: int, most: int, group: int) -> None:
        super().__init__()
        sides = [2**k for k in range(int(math.log2(size)), 1, -1)]
        widths = [min(base // side, most) for side in sides]
        self.first = Plain(ins, widths[0], 1)
        pairs = list(pairwise(widths))
        self.keeps = nn.ModuleList(Plain(a, a, 3) for a, _ in pairs)
        self.halves = nn.ModuleList(Plain(a, b, 3, down=True) for a, b in pairs)
        self.skips = nn.ModuleList(Plain(a, b, 1, down=True, skip=True) for a, b in pairs)
        last = widths[-1]
        self.mix = Plain(last + 1, last, 3)
        self.dense, self.output = Dense(16 * last, last), Dense(last, 1)
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for keep, half, skip in zip(self.keeps, self.halves, self.skips, strict=True):
            x = (half(keep(x)) + skip(x)) / math.sqrt(2)
        groups = x.view(-1, self.group, *x.shape[1:])
        spread = ((groups - groups.mean(1, keepdim=True)).square().mean(1) + 1e-8).sqrt()
        spread = spread.mean((1, 2, 3)).repeat_interleave(self.group).view(-1, 1, 1, 1)
        x = self.mix(torch.cat([x, spread.repeat(1, 1, *x.shape[2:])], 1))
        return self.output(leaky(self.dense(x.flatten(1))))


class TextbookStyleGan2:
    """Networks, optimisers and one training step; defaults are the published recipe."""

    def __init__(
        self,
        channels: int,
        size: int,
        *,
        squash: Callable[[Tensor], Tensor] = lambda raw: raw,
        styles: int = 512,
        layers: int = 8,
        base: int = 32768,
        most: int = 512,
        group: int = 4,
        gamma: float = 10,
        r1_every: int = 16,
        path_weight: float = 2,
        path_every: int = 4,
        rate: float = 2e-3,
        device: str = "cpu",
    ) -> None:
        self.squash, self.gamma, self.path_weight = squash, gamma, path_weight
        self.r1_every, self.path_every = r1_every, path_every
        self.generator = Generator(channels, size, styles, layers, base, most).to(device)
        self.discriminator = Discriminator(channels, size, base, most, group).to(device)
        self.for_generator = self._adam(self.generator, rate, path_every if path_weight else 0)
        self.for_discriminator = self._adam(self.discriminator, rate, r1_every)
        self.mean_path = torch.zeros((), device=device)

    def _adam(self, network: nn.Module, rate: float, every: int) -> torch.optim.Adam:
        share = every / (every + 1) if every else 1.0
        return torch.optim.Adam(network.parameters(), lr=rate * share, betas=(0.0, 0.99**share))

    def made(self, z: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Return pictures and their styles."""
        style = self.generator.style(z)
        styles = style[:, None].repeat(1, len(self.generator.noise_px) + 1, 1)
        return self.squash(self.generator(styles, noise)), styles

    def step(
        self, real: Tensor, z: list[Tensor], noise: list[Tensor], step: int
    ) -> dict[str, Tensor]:
        """Train the generator, then the discriminator, each regularised where that is due.

        z, noise : for the generator's step, the discriminator's, and path length
        """
        self.discriminator.requires_grad_(False)
        self.for_generator.zero_grad()
        losses = {"g_gan": F.softplus(-self.discriminator(self.made(z[0], noise[0])[0])).mean()}
        losses["g_gan"].backward()
        self.for_generator.step()
        if self.path_weight and step % self.path_every == 0:
            self._regularise_path(z[2], noise[2], losses)
        self.discriminator.requires_grad_(True)
        with torch.no_grad():
            fake = self.made(z[1], noise[1])[0]
        self.for_discriminator.zero_grad()
        losses["d_fake"] = F.softplus(self.discriminator(fake)).mean()
        losses["d_real"] = F.softplus(-self.discriminator(real)).mean()
        (losses["d_fake"] + losses["d_real"]).backward()
        self.for_discriminator.step()
        if step % self.r1_every == 0:
            seen = real.clone().requires_grad_()
            (slope,) = torch.autograd.grad(self.discriminator(seen).sum(), seen, create_graph=True)
            losses["d_r1"] = self.gamma / 2 * slope.square().sum((1, 2, 3)).mean() * self.r1_every
            self.for_discriminator.zero_grad()
            losses["d_r1"].backward()
            self.for_discriminator.step()
        return {name: loss.detach() for name, loss in losses.items()}

    def _regularise_path(self, z: Tensor, noise: Tensor, losses: dict[str, Tensor]) -> None:
        half = len(z) // 2
        made, styles = self.made(z[:half], noise[:half])
        y = torch.randn_like(made[:1]) / math.sqrt(made.shape[2] * made.shape[3])
        (slopes,) = torch.autograd.grad((made * y).sum(), styles, create_graph=True)
        lengths = slopes.square().sum(2).mean(1).sqrt()
        self.mean_path = self.mean_path.lerp(lengths.mean().detach(), 0.01)
        penalty = (lengths - self.mean_path).square().mean()
        losses["g_path"] = penalty * self.path_weight * self.path_every
        self.for_generator.zero_grad()
        losses["g_path"].backward()
        self.for_generator.step()
