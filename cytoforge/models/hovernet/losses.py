"""The losses of HoVer-Net, each of weight 1 (Graham et al. 2019, section 3.2.1, as in the public
implementation; the paper doubles the one of gradients).

Sums are those of all processes' tiles, so that a batch may be divided among them. Pixels that
nobody has labelled weigh nothing.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from cytoforge.compute.ranks import sum_over_ranks

KERNEL_PX = 5
_LEAST = 1e-7  # probability whose logarithm is taken
_SMOOTH = 1e-3


def hover_losses(
    scores: Mapping[str, Tensor], truth: Mapping[str, Tensor], known: Tensor
) -> dict[str, Tensor]:
    """Return the losses of a batch by name: `<part>_entropy` and `<part>_dice` of nuclei `np` and,
    where there are any, types `tp`; `hv_error` and `hv_gradient` of the distances.

    Parameters
    ----------
    scores : float32 as `HoVerNet` gives them
    truth : `np` and `tp` int64 (B, h, w), `hv` float32 (B, 2, h, w)
    known : float32 (B, 1, h, w), 1 where there is a label, else 0
    """
    found = {}
    for part in ("np", "tp"):
        if part in scores:
            wanted = F.one_hot(truth[part], scores[part].shape[1]).movedim(-1, 1)  # (B, K, h, w)
            probability = scores[part].softmax(1)
            found[f"{part}_entropy"] = entropy(probability, wanted, known)
            found[f"{part}_dice"] = dice(probability * known, wanted * known)
    error = (scores["hv"] - truth["hv"]) ** 2 * known
    found["hv_error"] = _mean(error, known)
    found["hv_gradient"] = gradient_error(
        scores["hv"], truth["hv"], known * (truth["np"] > 0)[:, None]
    )
    return found


def entropy(probability: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    """Return the mean cross-entropy of known pixels; (B, K, h, w) of which `wanted` is 0 or 1."""
    of_each = -(wanted * probability.clamp(_LEAST, 1 - _LEAST).log()).sum(1, keepdim=True)
    return _mean(of_each * known, known)


def dice(probability: Tensor, wanted: Tensor) -> Tensor:
    """Return the sum over classes of 1 − Dice, each of all tiles and pixels together."""
    both, found, true = (
        sum_over_ranks(values.sum((0, 2, 3)))
        for values in (probability * wanted, probability, wanted)
    )
    return (1 - (2 * both + _SMOOTH) / (found + true + _SMOOTH)).sum()


def gradient_error(found: Tensor, wanted: Tensor, focus: Tensor) -> Tensor:
    """Return the mean squared error of the gradients, of x along x and of y along y, in nuclei.

    found, wanted : (B, 2, h, w); focus : (B, 1, h, w), 1 in nuclei, else 0
    """
    error = (slopes(found) - slopes(wanted)) ** 2 * focus
    return sum_over_ranks(error.sum()) / (2 * sum_over_ranks(focus.sum()) + 1e-8)


def slopes(distances: Tensor) -> Tensor:
    """Return how the distance along x changes along x, and that along y along y, (B, 2, h, w).

    The public implementation has the axes the other way round: what it calls horizontal runs along
    rows.
    """
    along_x = slope_kernel(distances.device, distances.dtype)
    kernels = torch.stack([along_x, along_x.T])[:, None]  # (2, 1, 5, 5)
    return F.conv2d(distances, kernels, padding=KERNEL_PX // 2, groups=2)


def slope_kernel(device: torch.device | None = None, dtype: torch.dtype | None = None) -> Tensor:
    """Return x / (x² + y²) of the pixels around one, (5, 5); columns are x."""
    line = torch.arange(KERNEL_PX, device=device, dtype=dtype) - KERNEL_PX // 2
    x, y = line[None, :], line[:, None]
    return x / (x * x + y * y + 1e-15)


def _mean(values: Tensor, known: Tensor) -> Tensor:
    """Return the mean over known pixels and all channels of values that are 0 elsewhere."""
    count = sum_over_ranks(known.sum()) * values.shape[1]
    return sum_over_ranks(values.sum()) / count.clamp(min=1)
