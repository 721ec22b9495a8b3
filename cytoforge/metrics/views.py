"""How a batch of pairs is walked through: a few planes at a time, small enough for the cache."""

from collections.abc import Iterator

import torch
from torch import Tensor

from cytoforge.pretrained.trunk import check_pair

# A float32 buffer of this many pixels is 256 KiB. Working on such blocks in buffers that are made
# once and written in place took 2.3 ms for SSIM of a 512 px pair where fresh tensors for every
# operation took 12 to 35 ms: the time went into page faults, not arithmetic.
BLOCK_PIXELS = 2**16


def plane_blocks(real: Tensor, fake: Tensor) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """Yield (place, real, fake) with the two as (n, H, W), n planes of the B * C at a time.

    Every block but the last has the same n, so buffers can be made once: see `block_planes`.
    """
    check_pair(real, fake)
    real, fake = real.flatten(0, 1), fake.flatten(0, 1)  # (B * C, H, W)
    step = block_planes(real)
    for start in range(0, len(real), step):
        place = slice(start, min(start + step, len(real)))
        yield place, real[place], fake[place]


def block_planes(planes: Tensor) -> int:
    """Return the largest number of planes in a block."""
    if planes.device.type != "cpu":
        return max(1, planes.shape[:-2].numel())
    height, width = planes.shape[-2:]
    return min(max(1, BLOCK_PIXELS // (height * width)), max(1, planes.shape[:-2].numel()))


def channel_mean(values: Tensor, channels: int) -> Tensor:
    """Average values of planes (B * C,) over the channels, leaving out undefined (NaN) ones."""
    return torch.nanmean(values.reshape(-1, channels), dim=1)
