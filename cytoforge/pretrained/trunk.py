"""The convolutional trunks of LPIPS and VGG16 features, built for local weight files.

Made here rather than by torchvision, whose VGG16 also builds (and initialises) 123 million
weights of a classifier that no metric uses.
"""

from collections.abc import Collection, Iterable
from typing import Literal

import torch
from torch import Tensor, nn

TrunkName = Literal["alexnet", "vgg16"]

# torchvision's ImageNet mean and SD, restated for images in [-1, 1] as LPIPS does.
SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)

STAGE_CHANNELS: dict[TrunkName, tuple[int, ...]] = {
    "alexnet": (64, 192, 384, 256, 256),
    "vgg16": (64, 128, 256, 512, 512),
}
VGG16_CONVOLUTIONS = (2, 2, 3, 3, 3)


class Trunk(nn.Module):
    """Unit images to the five stages of features that LPIPS compares (relu1_2 … relu5_3 of VGG16,
    relu1 … relu5 of AlexNet).

    Layer numbers are torchvision's, so both whole checkpoints and feature-only files load.
    """

    def __init__(self, name: TrunkName) -> None:
        super().__init__()
        layers, self.ends = _vgg16() if name == "vgg16" else _alexnet()
        self.features = nn.Sequential(*layers)
        self.shift: Tensor
        self.scale: Tensor
        self.register_buffer("shift", torch.tensor(SHIFT).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(SCALE).view(1, 3, 1, 1), persistent=False)

    def load(self, state: dict[str, Tensor]) -> "Trunk":
        """Take the feature layers out of a state dict; raises RuntimeError when some lack."""
        self.load_state_dict({k: v for k, v in state.items() if k.startswith("features.")})
        return self.eval().requires_grad_(False)

    def forward(self, unit: Tensor) -> list[Tensor]:
        """Map (B, 3, H, W) in [0, 1] to five maps (B, C_s, H_s, W_s)."""
        return outputs_at((2 * unit - 1 - self.shift) / self.scale, self.features, self.ends)


def outputs_at(x: Tensor, layers: Iterable[nn.Module], ends: Collection[int]) -> list[Tensor]:
    """Pass `x` through layers and return what those numbered `ends` give."""
    found = []
    for index, layer in enumerate(layers):
        x = layer(x)
        if index in ends:
            found.append(x)
    return found


def _vgg16() -> tuple[list[nn.Module], tuple[int, ...]]:
    layers: list[nn.Module] = []
    ends = []
    previous = 3
    for channels, count in zip(STAGE_CHANNELS["vgg16"], VGG16_CONVOLUTIONS, strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(previous, channels, 3, padding=1), nn.ReLU(inplace=True)]
            previous = channels
        ends.append(len(layers) - 1)
        layers.append(nn.MaxPool2d(2))
    return layers[:-1], tuple(ends)


def _alexnet() -> tuple[list[nn.Module], tuple[int, ...]]:
    first, second, third, fourth, fifth = STAGE_CHANNELS["alexnet"]
    layers = [
        nn.Conv2d(3, first, 11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(first, second, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(second, third, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(third, fourth, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(fourth, fifth, 3, padding=1),
        nn.ReLU(),
    ]
    return layers, (1, 4, 7, 9, 11)


def as_rgb(unit: Tensor, rgb: bool) -> Tensor:
    """Map (B, C, H, W) to the (B * k, 3, H, W) a trunk takes.

    Three channels with `rgb` are shown as they are (k = 1); otherwise each channel is a grey image
    of its own, repeated to three (k = C).
    """
    batch, channels, height, width = unit.shape
    if rgb and channels == 3:
        return unit
    return unit.reshape(batch * channels, 1, height, width).expand(-1, 3, -1, -1)


def check_pair(real: Tensor, fake: Tensor) -> None:
    """Raise ValueError unless both are float tensors of one shape (B, C, H, W)."""
    if real.ndim != 4 or real.shape != fake.shape:
        raise ValueError(
            f"expected two batches of one shape (B, C, H, W), "
            f"got {tuple(real.shape)} and {tuple(fake.shape)}"
        )
    if not (real.is_floating_point() and fake.is_floating_point()):
        # uint8 arithmetic wraps: a true MSE of 226.1 becomes 78.1.
        raise ValueError(f"expected floating point in [0, 1], got {real.dtype} and {fake.dtype}")
