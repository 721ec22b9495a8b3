"""Metrics that compare pixel with pixel: MSE, MAE, PSNR, Pearson's correlation.

Inputs everywhere: two float32 batches of shape (B, C, H, W) with values in [0, 1]. MSE and MAE are
reported on the original's 0–255 scale (unit images times 255).
"""

import torch
from torch import Tensor

from cytoforge.metrics.metric import Metric
from cytoforge.metrics.views import block_planes, channel_mean, plane_blocks

METRICS = (
    Metric("psnr", "PSNR", True, "dB", "Peak signal-to-noise ratio. Rewards blur.", original=True),
    Metric(
        "mse",
        "MSE",
        False,
        "grey²",
        "Mean squared error, 0–255 scale. Rewards blur.",
        original=True,
    ),
    Metric("mae", "MAE", False, "grey", "Mean absolute error, 0–255 scale.", original=True),
    Metric(
        "pearson",
        "Pearson correlation",
        True,
        "",
        "Correlation of the pixels; undefined for a constant patch.",
        original=True,
        signed=True,
    ),
)


@torch.no_grad()
def pixel_metrics(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Return `mse`, `mae`, `psnr` and `pearson`, float64, each of shape (B,).

    Summed in float64: in float32 an MSE of 128 px patches is off by 2e-6 of itself, a correlation
    by 9e-6, and more for larger patches.

    - mse: mean of (255 d)² over all pixels and channels; mae: mean of |255 d|.
    - psnr: 10 log10(255² / mse) in dB; infinite for identical images (capped where summarised).
    - pearson: correlation of the pixels, averaged over the channels in which neither image is
      constant; NaN (undefined) where every channel has a constant image.

    A difference of 0.1 everywhere is 25.5 grey levels, and 20 dB below white:

    >>> black, grey = torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), 0.1)
    >>> {name: round(value.item(), 2) for name, value in pixel_metrics(black, grey).items()}
    {'mse': 650.25, 'mae': 25.5, 'psnr': 20.0, 'pearson': nan}
    """
    batch, channels, height, width = real.shape
    squares, sums, correlations = real.new_empty((3, batch * channels), dtype=torch.float64)
    buffers = real.new_empty((2, block_planes(real), height, width), dtype=torch.float64)
    for place, x, y in plane_blocks(real, fake):
        a, b = buffers[:, : len(x)]
        a.copy_(x).sub_(y)
        squares[place] = _inner(a, a)
        sums[place] = a.abs_().sum((-2, -1))  # a norm of order 1 takes four times as long
        correlations[place] = _correlation(x, y, a, b)
    count = channels * height * width
    mse = squares.reshape(batch, channels).sum(1) / count * 255**2
    mae = sums.reshape(batch, channels).sum(1) / count * 255
    psnr = 10 * torch.log10(255**2 / mse)
    return {"mse": mse, "mae": mae, "psnr": psnr, "pearson": channel_mean(correlations, channels)}


def _inner(a: Tensor, b: Tensor) -> Tensor:
    """Sum of products of each plane, (n, H, W) twice -> (n,)."""
    a, b = a.flatten(1), b.flatten(1)
    return torch.bmm(a[:, None], b[:, :, None])[:, 0, 0]


def _correlation(x: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Tensor:
    for plane, centred in ((x, a), (y, b)):
        centred.copy_(plane).sub_(centred.mean((-2, -1), keepdim=True))
    var_x, var_y = _inner(a, a), _inner(b, b)
    pearson = (_inner(a, b) / (var_x * var_y).sqrt()).clamp_(-1, 1)
    # A plane of SD 1e-6 is constant: one level of a 16-bit image is 1.5e-5.
    dust = 1e-12 * x.shape[-1] * x.shape[-2]
    return torch.where((var_x > dust) & (var_y > dust), pearson, torch.nan)


measure = pixel_metrics
