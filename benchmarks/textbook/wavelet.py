"""The Haar transform and the StyleGAN2-like discriminator on its bands, plainly (Gal et al.
2021)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SUM, STEP = torch.tensor([1.0, 1.0]) / 2**0.5, torch.tensor([-1.0, 1.0]) / 2**0.5
# Down the rows first, then along the columns.
FILTERS = [torch.outer(down, across) for down in (SUM, STEP) for across in (SUM, STEP)]


def bands_of(x: Tensor) -> Tensor:
    """Haar transform: (B, C, H, W) → (B, 4 C, H / 2, W / 2), band by band."""
    channels = x.shape[1]
    filters = [band.to(x).expand(channels, 1, 2, 2) for band in FILTERS]
    return torch.cat([F.conv2d(x, f, stride=2, groups=channels) for f in filters], 1)


def pixels_of(bands: Tensor) -> Tensor:
    """Inverse Haar transform: its filters are orthonormal, so the transpose inverts them."""
    channels = bands.shape[1] // 4
    parts = zip(bands.split(channels, 1), FILTERS, strict=True)
    filters = [(part, band.to(bands).expand(channels, 1, 2, 2)) for part, band in parts]
    made = [F.conv_transpose2d(part, f, stride=2, groups=channels) for part, f in filters]
    return torch.stack(made).sum(0)


def blur(x: Tensor, padding: int, stride: int = 1) -> Tensor:
    """Smooth by [1, 3, 3, 1]."""
    line = torch.tensor([1.0, 3.0, 3.0, 1.0]).to(x)
    kernel = (torch.outer(line, line) / 64).expand(x.shape[1], 1, 4, 4)
    return F.conv2d(F.pad(x, [padding] * 4), kernel, stride=stride, groups=x.shape[1])


class Equal(nn.Module):
    """Convolution or dense layer with equalised learning rate, bias, scaled leaky ReLU."""

    def __init__(self, shape: tuple[int, ...], activate: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(shape))
        self.bias = nn.Parameter(torch.zeros(shape[0]))
        self.activate = activate

    def forward(self, x: Tensor, **how: int) -> Tensor:
        weight = self.weight / self.weight[0].numel() ** 0.5
        if weight.ndim == 2:
            x = F.linear(x, weight, self.bias)
        else:
            x = F.conv2d(x, weight, self.bias, **how)
        return F.leaky_relu(x, 0.2) * 2**0.5 if self.activate else x


class WaveletDiscriminator(nn.Module):
    """Real or fake, from Haar bands at every scale."""

    def __init__(self, inputs: int, filters: int, stages: int) -> None:
        super().__init__()
        widths = [filters] + [4 * filters] * stages
        last = widths[-1]
        self.stages = stages
        self.from_bands = nn.ModuleList(Equal((width, 4 * inputs, 1, 1)) for width in widths)
        self.keep = nn.ModuleList(Equal((widths[k], widths[k], 3, 3)) for k in range(stages))
        self.halve = nn.ModuleList(Equal((widths[k + 1], widths[k], 3, 3)) for k in range(stages))
        self.mix = Equal((last, last + 1, 3, 3))
        self.dense = Equal((last, last * 16))
        self.output = Equal((1, last), activate=False)

    def forward(self, image: Tensor) -> Tensor:  # (B, inputs, H, W)
        bands = bands_of(image)
        x = self.from_bands[0](bands)
        for k in range(self.stages):
            x = self.keep[k](x, padding=1)
            x = self.halve[k](blur(x, 2), stride=2)
            bands = bands_of(blur(pixels_of(bands), 1, stride=2))
            x = x + self.from_bands[k + 1](bands)
        x = self.mix(torch.cat([x, differences(x)], 1), padding=1)
        return self.output(self.dense(F.adaptive_avg_pool2d(x, 4).flatten(1)))  # (B, 1)


def differences(x: Tensor) -> Tensor:
    """Minibatch standard deviation over groups of up to 4 neighbours in the batch."""
    size = max(k for k in (1, 2, 3, 4) if len(x) % k == 0)
    planes = []
    for group in x.split(size):
        spread = ((group - group.mean(0)) ** 2).mean(0).add(1e-8).sqrt().mean()
        planes.append(spread.expand(size, 1, *x.shape[2:]))
    return torch.cat(planes)


def standard_normal_weights(layer: nn.Module) -> None:
    """Draw weights from N(0, 1); biases are 0."""
    if isinstance(layer, Equal):
        nn.init.normal_(layer.weight)
        nn.init.zeros_(layer.bias)
