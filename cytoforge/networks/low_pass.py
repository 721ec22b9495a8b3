"""Low-pass filters, and maps brought to other sampling rates by them (Karras et al. 2021,
StyleGAN3, arXiv:2106.12423, appendix C)."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import signal, special
from torch import Tensor


def low_pass(taps: int, cutoff: float, width: float, rate: float) -> Tensor:
    """Return a Kaiser-windowed low-pass filter of sum 1, float32 (taps,).

    Parameters
    ----------
    cutoff : highest frequency that passes, in cycles per picture
    width : of the band in which it falls, in the same unit
    rate : samples per picture of the filter
    """
    line = signal.firwin(taps, cutoff, width=width, fs=rate)
    return torch.from_numpy(line.astype(np.float32))


def radial_low_pass(taps: int, cutoff: float, width: float, rate: float) -> Tensor:
    """Return the filter that is the same in all directions, float32 (taps, taps).

    The ideal one is a jinc, J₁(2π f r) f / r; the window is Kaiser's along both axes.
    """
    place = (np.arange(taps) - (taps - 1) / 2) / rate
    radius = np.hypot(*np.meshgrid(place, place))
    jinc = special.j1(2 * math.pi * cutoff * radius) / (math.pi * radius)
    beta = signal.kaiser_beta(signal.kaiser_atten(taps, width / (rate / 2)))
    window = np.kaiser(taps, beta)
    found = jinc * np.outer(window, window)
    return torch.from_numpy((found / found.sum()).astype(np.float32))


def raised(x: Tensor, line: Tensor, factor: int, before: int, after: int) -> Tensor:
    """Return a map at a rate `factor` times as high, along both axes.

    Zeros are put behind every sample and around all, and smoothed by a filter of gain `factor` per
    axis: (B, C, n, m) → (B, C, n · factor + before + after − taps + 1, …).

    Parameters
    ----------
    line : of the filter, (taps,)
    before, after : zeros around the map, at the new rate; fewer than none cut it
    """
    for axis in (2, 3):
        x = _raised_along(x, axis, line, factor, before, after)
    return x


def _raised_along(
    x: Tensor, axis: int, line: Tensor, factor: int, before: int, after: int
) -> Tensor:
    taps, size, channels = len(line), x.shape[axis], x.shape[1]
    shape = [1, 1, 1, 1]
    shape[axis] = taps
    kernel = (line * factor).to(x).view(shape).expand(channels, -1, -1, -1)
    stride = (factor, 1) if axis == 2 else (1, factor)
    # A transposed convolution adds up the filter at each sample: what a padding of `taps − 1` zeros
    # would give, but for the zeros behind the last sample.
    whole = F.conv_transpose2d(x, kernel, stride=stride, groups=channels)
    cut = taps - 1 - before
    length = size * factor + before + after - taps + 1
    pads = [-cut, length - (whole.shape[axis] - cut)]
    return F.pad(whole, pads if axis == 3 else [0, 0, *pads])


def lowered(x: Tensor, kernel: Tensor, factor: int) -> Tensor:
    """Return a map at a rate `factor` times as low, smoothed first, without zeros around it.

    kernel : (taps,) along both axes, or (taps, taps)
    """
    channels = x.shape[1]
    if kernel.ndim == 2:
        both = kernel.to(x)[None, None].expand(channels, -1, -1, -1)
        return F.conv2d(x, both, stride=factor, groups=channels)
    down = kernel.to(x).view(1, 1, -1, 1).expand(channels, -1, -1, -1)
    x = F.conv2d(x, down, stride=(factor, 1), groups=channels)
    return F.conv2d(x, down.transpose(2, 3), stride=(1, factor), groups=channels)
