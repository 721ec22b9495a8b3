"""Layers that behave in training as the textbook's and leave no chance to luck in synthesis."""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.products import is_channels_last
from cytoforge.compute.ranks import own_rows, sum_over_ranks, world_size
from cytoforge.seeds import derive_seed

NormStats = Literal["running", "instance"]


class BatchNorm(nn.BatchNorm2d):
    """Batch normalisation that at inference can use each sample's own statistics.

    The original's test program leaves the network in training mode with one image a batch, so its
    statistics are those of that image. `per_sample` gives the same numbers for any batch size:
    tiles that happen to share a batch never mix. In training, statistics are those of all
    processes' tiles, so that a batch may be divided among them.
    """

    per_sample = False

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        if self.per_sample and not self.training:
            return F.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)
        if self.training and world_size() > 1:
            return self._over_ranks(x)
        return super().forward(x)

    def _over_ranks(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        # torch's SyncBatchNorm runs on GPUs only. Deviations are summed in a second message: the
        # mean square minus the squared mean would lose digits.
        values = x.float()
        count = values.numel() // values.shape[1] * world_size()
        mean = sum_over_ranks(values.sum((0, 2, 3))) / count  # (C,)
        centred = values - mean[:, None, None]
        variance = sum_over_ranks(centred.square().sum((0, 2, 3))) / count
        if self.track_running_stats:
            self._track(mean.detach(), variance.detach() * (count / (count - 1)))
        made = centred * (variance + self.eps).rsqrt()[:, None, None]
        if self.affine:
            made = made * self.weight[:, None, None] + self.bias[:, None, None]
        return made.to(x.dtype)

    def _track(self, mean: Tensor, variance: Tensor) -> None:
        assert self.momentum is not None, "a cumulative average is never used here"
        for running, value in ((self.running_mean, mean), (self.running_var, variance)):
            assert running is not None
            running.lerp_(value, self.momentum)
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)


class Dropout(nn.Module):
    """Dropout that at inference is off, or drawn from a seed of its own for each sample.

    Masks are drawn on the CPU, so a seed means the same image on every device.
    """

    def __init__(self, name: str, share: float = 0.5) -> None:
        super().__init__()
        self.name, self.share = name, share
        self.seeds: tuple[int, ...] | None = None

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        if self.training and world_size() > 1:
            return self._over_ranks(x)
        if self.training or self.seeds is None:
            return F.dropout(x, self.share, self.training)
        if len(self.seeds) != len(x):
            raise ValueError(f"{len(self.seeds)} dropout seeds for a batch of {len(x)}")
        masks = torch.stack([self._mask(seed, x.shape[1:]) for seed in self.seeds])  # (B, C, H, W)
        return x * masks.to(x) / (1 - self.share)

    def _over_ranks(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        # Drawn for all processes' tiles in the order in which one process would: all are seeded
        # alike, and each dropping the same places of its own tiles would be another training.
        shape = (len(x) * world_size(), *x.shape[1:])
        layout = torch.channels_last if is_channels_last(x) else torch.contiguous_format
        kept = torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=layout)
        return x * own_rows(kept.bernoulli_(1 - self.share)).div(1 - self.share)

    def _mask(self, seed: int, shape: torch.Size) -> Tensor:
        random = torch.Generator().manual_seed(derive_seed(seed, "dropout", self.name))
        return torch.rand(shape, generator=random) >= self.share


class ReflectionPad(nn.ReflectionPad2d):
    """Padding by reflection, in the dtype of the map: autocast on CPUs would have it in fp32."""

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        with without_autocast(x):
            return super().forward(x)


def without_autocast(x: Tensor) -> torch.autocast:
    """Return a context in which layers compute in the dtype of their input."""
    return torch.autocast("cuda" if x.is_cuda else "cpu", enabled=False)


def norm_layer(norm: str, channels: int) -> list[nn.Module]:
    """Return the normalisation as a list of no or one layer, to be spliced into a block."""
    if norm == "batch":
        return [BatchNorm(channels)]
    if norm == "instance":
        return [nn.InstanceNorm2d(channels)]
    return []


def needs_bias(norm: str) -> bool:
    """Has a convolution before this norm a bias? Batch norm has its own shift."""
    return norm != "batch"


def prepare_inference(
    network: nn.Module,
    norm_stats: NormStats = "running",
    dropout_seeds: Sequence[int] | None = None,
) -> nn.Module:
    """Put a network into inference and return it; `network.train()` undoes it.

    Parameters
    ----------
    norm_stats : `running` takes the statistics of training for every sample (no seams between
        tiles), `instance` those of each sample by itself (the original's test program)
    dropout_seeds : None turns dropout off; otherwise one seed a sample of the next batch
    """
    network.eval()
    for layer in network.modules():
        if isinstance(layer, BatchNorm):
            layer.per_sample = norm_stats == "instance"
        elif isinstance(layer, Dropout):
            layer.seeds = None if dropout_seeds is None else tuple(dropout_seeds)
    return network
