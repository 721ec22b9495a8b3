"""LPIPS (Zhang et al. 2018, version 0.1) with local weights: the trunk from a file, the learned
linear layers from the `lpips` package's wheel."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained.trunk import Trunk, TrunkName, as_rgb, check_pair
from cytoforge.pretrained.weights import Missing, find_weights, load_weights

Net = Literal["alex", "vgg"]
TRUNKS: dict[Net, TrunkName] = {"alex": "alexnet", "vgg": "vgg16"}


class Lpips:
    """LPIPS of unit images at their native size; lower is more alike, 0 is identical."""

    def __init__(self, net: Net, trunk: Trunk) -> None:
        self.net = net
        # The same sums in another memory layout: 0.14 s instead of 0.22 s per 128 px patch (VGG16).
        self.trunk = trunk.to(memory_format=torch.channels_last)
        self.heads = linear_heads(net)

    def to(self, device: torch.device | str) -> "Lpips":
        """Move to a device."""
        self.trunk.to(device)
        self.heads = [head.to(device) for head in self.heads]
        return self

    @torch.inference_mode()
    def stages(self, unit: Tensor, rgb: bool) -> list[Tensor]:
        """Return the trunk's five feature maps of (B, C, H, W) unit images: see `as_rgb`."""
        return self.trunk(as_rgb(unit, rgb).contiguous(memory_format=torch.channels_last))

    @torch.inference_mode()
    def distance(self, real: list[Tensor], fake: list[Tensor]) -> Tensor:
        """Return LPIPS of two sets of `unit_length` stages, one value per RGB view of an image."""
        total = torch.zeros(len(real[0]), device=real[0].device)
        for a, b, head in zip(real, fake, self.heads, strict=True):
            squares = (a - b).square_().movedim(1, -1).flatten(1, 2)  # (B, H W, C), no copy
            total += (squares @ head).mean(1)
        return total

    @torch.inference_mode()
    def __call__(self, real: Tensor, fake: Tensor, rgb: bool = True) -> Tensor:
        """Return LPIPS of two float batches (B, C, H, W) in [0, 1], shape (B,).

        Three channels are taken as RGB unless `rgb` is false; otherwise each channel is compared
        as a grey image and the values are averaged.
        """
        check_pair(real, fake)
        a, b = unit_length(self.stages(real, rgb)), unit_length(self.stages(fake, rgb))
        values = self.distance(a, b)
        return values.reshape(len(real), -1).mean(1)


def load_lpips(
    net: Net, config: MetricsConfig, device: torch.device | str = "cpu"
) -> Lpips | Missing:
    """Return LPIPS with its weights, or why it cannot be had. Never downloads by itself."""
    found = find_weights(TRUNKS[net], config)
    if isinstance(found, Missing):
        return found
    return Lpips(net, Trunk(TRUNKS[net]).load(load_weights(found))).to(device)


def validation_lpips(
    config: MetricsConfig, net: Net = "alex"
) -> Callable[[Tensor, Tensor], float] | Missing:
    """Return `(fake, real) -> mean LPIPS` for validation during training, or why there is none.

    AlexNet, because it takes a twentieth of VGG16's time. Runs where the batches are.
    """
    lpips = load_lpips(net, config)
    if isinstance(lpips, Missing):
        return lpips
    return lambda fake, real: float(lpips.to(real.device)(real, fake).mean())


def linear_heads(net: Net) -> list[Tensor]:
    """Return the learned weight of every feature channel, five vectors."""
    # Found without importing: `import lpips` would import torchvision and matplotlib.
    spec = importlib.util.find_spec("lpips")
    if spec is None or spec.origin is None:
        raise ImportError("the package lpips, which carries the linear layers, is not installed")
    state = load_weights(Path(spec.origin).parent / "weights" / "v0.1" / f"{net}.pth")
    return [state[f"lin{index}.model.1.weight"].flatten() for index in range(5)]


@torch.inference_mode()
def unit_length(stages: list[Tensor]) -> list[Tensor]:
    """Scale the feature vector at every position to length 1, in place."""
    for features in stages:
        features.div_(features.square().sum(1, keepdim=True).sqrt_().add_(1e-10))
    return stages
