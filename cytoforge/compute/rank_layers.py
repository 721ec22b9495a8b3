"""Batch norm and dropout of a batch that is divided among processes: as one process would do it."""

import torch
from torch import Tensor, nn

from cytoforge.compute.layouts import is_channels_last
from cytoforge.compute.ranks import own_rows, sum_over_ranks, world_size


def batch_norm_over_ranks(layer: nn.BatchNorm2d, x: Tensor) -> Tensor:
    """Return `layer(x)` in training, (B, C, H, W), with the statistics of all processes' tiles.

    torch's SyncBatchNorm runs on GPUs only.
    """
    # Deviations are summed in a second message: the mean square minus the squared mean would lose
    # digits.
    values = x.float()
    count = values.numel() // values.shape[1] * world_size()
    mean = sum_over_ranks(values.sum((0, 2, 3))) / count  # (C,)
    centred = values - mean[:, None, None]
    variance = sum_over_ranks(centred.square().sum((0, 2, 3))) / count
    if layer.track_running_stats:
        _track(layer, mean.detach(), variance.detach() * (count / (count - 1)))
    made = centred * (variance + layer.eps).rsqrt()[:, None, None]
    if layer.affine:
        made = made * layer.weight[:, None, None] + layer.bias[:, None, None]
    return made.to(x.dtype)


def _track(layer: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    assert layer.momentum is not None, "a cumulative average is never used here"
    for running, value in ((layer.running_mean, mean), (layer.running_var, variance)):
        assert running is not None
        running.lerp_(value, layer.momentum)
    assert layer.num_batches_tracked is not None
    layer.num_batches_tracked.add_(1)


def dropout_over_ranks(x: Tensor, p: float) -> Tensor:
    """Return x, (B, C, H, W), of which values are dropped with probability p.

    Drawn for all processes' tiles in the order in which one process would: all are seeded alike,
    and each dropping the same pixels of its own tiles would be another training.
    """
    shape = (len(x) * world_size(), *x.shape[1:])
    layout = torch.channels_last if is_channels_last(x) else torch.contiguous_format
    kept = torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=layout)
    return x * own_rows(kept.bernoulli_(1 - p)).div(1 - p)
