"""Kernel distance of two sets of images in VGG16, for validation during training."""

from collections.abc import Callable

from torch import Tensor

from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained.features import features_of_set, load_vgg16
from cytoforge.pretrained.weights import Missing


def validation_kernel(config: MetricsConfig) -> Callable[[Tensor, Tensor], float] | Missing:
    """Return `(made, real) -> kernel distance` for validation, or why there is none.

    Sets are float32 (N, C, H, W) and (M, C, H, W) in [0, 1]. Runs where they are.
    """
    vgg16 = load_vgg16(config)
    if isinstance(vgg16, Missing):
        return vgg16
    return lambda made, real: squared_mmd(
        features_of_set(vgg16, made), features_of_set(vgg16, real)
    )


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
