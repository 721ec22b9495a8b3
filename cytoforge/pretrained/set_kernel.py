"""Kernel distance of two sets of images in VGG16, for validation during training."""

from collections.abc import Callable

import torch
from torch import Tensor

from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained.features import vgg16_features
from cytoforge.pretrained.trunk import Trunk, as_rgb
from cytoforge.pretrained.weights import Missing, find_weights, load_weights

BATCH = 8  # images looked at at once; bounds the memory


def validation_kernel(config: MetricsConfig) -> Callable[[Tensor, Tensor], float] | Missing:
    """Return `(made, real) -> kernel distance` for validation, or why there is none.

    Sets are float32 (N, C, H, W) and (M, C, H, W) in [0, 1]. Runs where they are.
    """
    found = find_weights("vgg16", config)
    if isinstance(found, Missing):
        return found
    trunk = Trunk("vgg16").load(load_weights(found)).to(memory_format=torch.channels_last)

    def distance(made: Tensor, real: Tensor) -> float:
        trunk.to(made.device)
        return squared_mmd(_features(trunk, made), _features(trunk, real))

    return distance


@torch.inference_mode()
def _features(trunk: Trunk, images: Tensor) -> Tensor:
    parts = [vgg16_features(trunk(as_rgb(part, True)), len(part)) for part in images.split(BATCH)]
    return torch.cat(parts).double()


def squared_mmd(one: Tensor, other: Tensor) -> float:
    """Return the squared MMD of features (n, d) and (m, d) with the kernel (x·y / d + 1)³.

    Unbiased (Bińkowski et al. 2018) where both sets have two rows; of a single row its kernel with
    itself counts, which adds a constant to all validations of a training.
    """
    between = ((one @ other.mT / one.shape[1] + 1) ** 3).mean()
    return float(_within(one) + _within(other) - 2 * between)


def _within(rows: Tensor) -> Tensor:
    kernel = (rows @ rows.mT / rows.shape[1] + 1) ** 3
    n = len(rows)
    return kernel.mean() if n < 2 else (kernel.sum() - kernel.trace()) / (n * (n - 1))
