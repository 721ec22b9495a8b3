"""VGG loss of pix2pixHD (Johnson et al. 2016, arXiv:1603.08155; Wang et al. 2018): how differently
a network that knows photographs sees two images, with gradients.

The one pretrained network whose distance training minimises; it reaches a model as
`ModelSetup.feature_loss`.
"""

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained.trunk import SCALE, SHIFT, as_rgb, outputs_at
from cytoforge.pretrained.weights import Missing, find_weights, load_weights

VggName = Literal["vgg19", "vgg16"]

# The original's is VGG19; VGG16 is what LPIPS needs anyway, so it is often there. Up to relu5_1
# they differ by one convolution in each of the third and fourth stage.
CONVOLUTIONS: dict[VggName, tuple[int, ...]] = {"vgg19": (2, 2, 4, 4, 1), "vgg16": (2, 2, 3, 3, 1)}
WIDTHS = (64, 128, 256, 512, 512)
WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)  # of relu1_1 … relu5_1


class VggLoss(nn.Module):
    """Weighted L1 distances of relu1_1, relu2_1 … relu5_1.

    Images are normalised as the network's photographs were (the original feeds it [-1, 1] as it
    is). Images of any but three channels are compared channel by channel, each as grey.
    """

    def __init__(self, name: VggName) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        self.ends = []
        previous = 3
        for width, count in zip(WIDTHS, CONVOLUTIONS[name], strict=True):
            layers += [nn.MaxPool2d(2)] if layers else []
            for _ in range(count):
                layers += [nn.Conv2d(previous, width, 3, padding=1), nn.ReLU()]
                previous = width
            self.ends.append(len(layers) - 2 * count + 1)  # the stage's first ReLU
        self.features = nn.Sequential(*layers)
        self.requires_grad_(False)
        self.shift: Tensor
        self.scale: Tensor
        self.register_buffer("shift", torch.tensor(SHIFT).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(SCALE).view(1, 3, 1, 1), persistent=False)

    def load(self, state: dict[str, Tensor]) -> "VggLoss":
        """Take the layers used out of a state dict; raises KeyError where one lacks."""
        self.load_state_dict({name: state[name] for name in self.state_dict()})
        return self.to(memory_format=torch.channels_last)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return the loss of two batches (B, C, H, W) in [-1, 1]; gradients flow to `fake`."""
        with torch.no_grad():
            wanted = self._stages(real)
        pairs = zip(WEIGHTS, self._stages(fake), wanted, strict=True)
        # In float32: a mean of differences in bf16 would be rounded to 8 bits.
        return torch.stack([w * F.l1_loss(a.float(), b.float()) for w, a, b in pairs]).sum()

    def _stages(self, image: Tensor) -> list[Tensor]:
        x = (as_rgb(image, rgb=True) - self.shift) / self.scale  # (B or B C, 3, H, W)
        return outputs_at(x.contiguous(memory_format=torch.channels_last), self.features, self.ends)


def training_vgg_loss(config: MetricsConfig) -> Callable[[Tensor, Tensor], Tensor] | None:
    """Return `(fake, real) → loss` for training, of VGG19 or else VGG16, None without weights.

    Says in the log which it is, or that there is none. Runs where the batches are.
    """
    names: tuple[VggName, ...] = ("vgg19", "vgg16")
    for name in names:
        found = find_weights(name, config)
        if not isinstance(found, Missing):
            print(f"VGG loss: {name} ({found.name})")
            loss = VggLoss(name).load(load_weights(found))
            return lambda fake, real: loss.to(fake.device)(fake, real)
    print(f"VGG loss {found}")
    return None
