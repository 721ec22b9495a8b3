"""Layers that behave in training as the textbook's, and in synthesis the same for any batch."""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.layouts import is_channels_last, without_autocast
from cytoforge.compute.rank_layers import batch_norm_over_ranks, dropout_over_ranks
from cytoforge.compute.ranks import world_size
from cytoforge.seeds import derive_seed

NormStats = Literal["running", "instance"]


class BatchNorm(nn.BatchNorm2d):
    """Batch normalisation that at inference can use each sample's own statistics.

    The original's test program leaves the network in training mode with one image per batch, so its
    statistics are those of that image. `per_sample` gives the same numbers for any batch size:
    tiles that happen to be in one batch never mix. In training, statistics are those of all
    processes' tiles, so that a batch may be divided among them.
    """

    per_sample = False

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        if self.per_sample and not self.training:
            return F.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)
        if self.training and world_size() > 1:
            return batch_norm_over_ranks(self, x)
        return super().forward(x)


class InstanceNorm(nn.InstanceNorm2d):
    """Instance normalisation, without weights, faster on CPUs where channels are last.

    Torch's has one way for all: it copies each channel together, and reads it number by number. Of
    one image it is batch normalisation, which reads all channels of a pixel at once.
    """

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        if x.device.type != "cpu" or not is_channels_last(x) or torch.compiler.is_compiling():
            return super().forward(x)
        images = [F.batch_norm(one, None, None, training=True, eps=self.eps) for one in x.split(1)]
        return images[0] if len(images) == 1 else torch.cat(images)


class Dropout(nn.Module):
    """Dropout that at inference is off, or drawn from a seed of its own for each sample.

    Masks are drawn on the CPU, so a seed means the same image on every device.
    """

    def __init__(self, name: str, p: float = 0.5) -> None:
        super().__init__()
        self.name, self.p = name, p
        self.seeds: tuple[int, ...] | None = None

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        if self.training and world_size() > 1:
            return dropout_over_ranks(x, self.p)
        if self.training or self.seeds is None:
            return F.dropout(x, self.p, self.training)
        if len(self.seeds) != len(x):
            raise ValueError(f"{len(self.seeds)} dropout seeds for a batch of {len(x)}")
        masks = torch.stack([self._mask(seed, x.shape[1:]) for seed in self.seeds])  # (B, C, H, W)
        return x * masks.to(x) / (1 - self.p)

    def _mask(self, seed: int, shape: torch.Size) -> Tensor:
        random = torch.Generator().manual_seed(derive_seed(seed, "dropout", self.name))
        return torch.rand(shape, generator=random) >= self.p


class JoinedConv2d(nn.Conv2d):
    """Two convolutions of the same input computed as one, each with half of the output channels."""


class ReflectionPad(nn.ReflectionPad2d):
    """Padding by reflection, in the dtype of the map: autocast on CPUs would have it in fp32."""

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W)
        with without_autocast(x):
            return super().forward(x)


def norm_layer(norm: str, channels: int) -> list[nn.Module]:
    """Return the normalisation as a list of no or one layer, to be spliced into a block."""
    if norm == "batch":
        return [BatchNorm(channels)]
    if norm == "instance":
        return [InstanceNorm(channels)]
    return []


def needs_bias(norm: str) -> bool:
    """Return whether a convolution before this norm has a bias; batch norm has its own shift."""
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
    dropout_seeds : None turns dropout off; otherwise one seed per sample of the next batch
    """
    network.eval()
    for layer in network.modules():
        if isinstance(layer, BatchNorm):
            layer.per_sample = norm_stats == "instance"
        elif isinstance(layer, Dropout):
            layer.seeds = None if dropout_seeds is None else tuple(dropout_seeds)
    return network
