"""Gradient error: mean difference of the Sobel gradients."""

import torch
from torch import Tensor

from cytoforge.metrics.metric import Metric
from cytoforge.metrics.views import block_planes, plane_blocks

METRICS = (
    Metric(
        "gradient_error",
        "Gradient error",
        False,
        "grey",
        "Mean |dGx| + |dGy| of the Sobel gradients, 0–255 scale.",
        original=True,
    ),
)


@torch.no_grad()
def gradient_metrics(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Return `gradient_error` of (B, C, H, W) unit images, shape (B,), on the 0–255 scale.

    The mean over pixels and channels of |dGx| + |dGy| with 3×3 Sobel filters in float, edge pixels
    repeated (scipy's "reflect"). Sobel is linear, so the difference is filtered once.

    A step of one grey level between columns 1 and 2 has a Sobel gradient of 4 in these two of four
    columns, and 0 elsewhere:

    >>> flat, step = torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    >>> step[..., 2:] = 1 / 255
    >>> round(gradient_metrics(flat, step)["gradient_error"].item(), 4)
    2.0
    """
    batch, channels, height, width = real.shape
    sums = real.new_empty(batch * channels)
    n = block_planes(real)
    padded = real.new_empty((n, height + 2, width + 2))
    down, across = real.new_empty((n, height, width + 2)), real.new_empty((n, height + 2, width))
    slope = real.new_empty((n, height, width))
    for place, x, y in plane_blocks(real, fake):
        p, d, a, s = (buffer[: len(x)] for buffer in (padded, down, across, slope))
        _padded_difference(x, y, p)
        torch.add(p[:, :-2], p[:, 2:], out=d).add_(p[:, 1:-1], alpha=2)
        torch.sub(d[..., 2:], d[..., :-2], out=s)
        total = s.abs_().sum((-2, -1))
        torch.add(p[..., :-2], p[..., 2:], out=a).add_(p[..., 1:-1], alpha=2)
        torch.sub(a[:, 2:], a[:, :-2], out=s)
        sums[place] = total + s.abs_().sum((-2, -1))
    mean = sums.reshape(batch, channels).sum(1) / (channels * height * width)
    return {"gradient_error": mean * 255}


def _padded_difference(x: Tensor, y: Tensor, out: Tensor) -> None:
    torch.sub(x, y, out=out[:, 1:-1, 1:-1])
    out[:, 0], out[:, -1] = out[:, 1], out[:, -2]
    out[..., 0], out[..., -1] = out[..., 1], out[..., -2]


measure = gradient_metrics
