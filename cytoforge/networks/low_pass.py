"""Low-pass filters, and maps brought to other sampling rates by them (Karras et al. 2021,
StyleGAN3, arXiv:2106.12423, appendix C)."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy import signal, special
from torch import Tensor


def low_pass(taps: int, cutoff: float, width: float, rate: float) -> np.ndarray:
    """Return a Kaiser-windowed low-pass filter of sum 1, float32 (taps,).

    Parameters
    ----------
    cutoff : highest frequency that passes, in cycles per picture
    width : of the band in which it falls, in the same unit
    rate : samples per picture of the filter
    """
    line: np.ndarray = signal.firwin(taps, cutoff, width=width, fs=rate)
    return line.astype(np.float32)


def radial_low_pass(taps: int, cutoff: float, width: float, rate: float) -> np.ndarray:
    """Return the filter that is the same in all directions, float32 (taps, taps).

    The ideal one is a jinc, J₁(2π f r) f / r; the window is Kaiser's along both axes.
    """
    place = (np.arange(taps) - (taps - 1) / 2) / rate
    radius = np.hypot(*np.meshgrid(place, place))
    jinc = special.j1(2 * math.pi * cutoff * radius) / (math.pi * radius)
    beta = signal.kaiser_beta(signal.kaiser_atten(taps, width / (rate / 2)))
    window = np.kaiser(taps, beta)
    found: np.ndarray = jinc * np.outer(window, window)
    return (found / found.sum()).astype(np.float32)


def raising(line: np.ndarray, size: int, factor: int, before: int, after: int) -> Tensor:
    """Return the matrix that brings a line of `size` samples to a rate `factor` times as high,
    float32 (size, size · factor + before + after − taps + 1).

    Zeros are put behind every sample and around all, and smoothed by a filter of gain `factor`.
    Written as a matrix, since products of matrices are what every device does best.

    Parameters
    ----------
    line : of the filter, (taps,)
    before, after : zeros around the line, at the new rate; fewer than none cut it
    """
    taps = len(line)
    found = np.zeros((size, size * factor + before + after - taps + 1), np.float32)
    samples = np.arange(size)[:, None]
    # The filter, turned round, reaches each sample from so many places on.
    places = samples * factor + before - taps + 1 + np.arange(taps)
    inside = (places >= 0) & (places < found.shape[1])
    rows, numbers = np.broadcast_arrays(samples, np.arange(taps))
    found[rows[inside], places[inside]] = line[numbers[inside]] * factor
    return torch.tensor(found)


def lowering(line: np.ndarray, size: int, factor: int) -> Tensor:
    """Return the matrix that brings a line of `size` samples to a rate `factor` times as low,
    smoothed first, without zeros around it, float32 (size, (size − taps) // factor + 1)."""
    taps = len(line)
    found = np.zeros((size, (size - taps) // factor + 1), np.float32)
    places = np.arange(found.shape[1])[:, None]
    found[places * factor + np.arange(taps), places] = line[::-1]
    return torch.tensor(found)


def along_both(x: Tensor, matrix: Tensor) -> Tensor:
    """Return maps with columns and rows multiplied by a matrix, (B, C, n, n) → (B, C, m, m)."""
    return matrix.mT @ (x @ matrix)


def lowered_in_all_directions(x: Tensor, kernel: Tensor, factor: int) -> Tensor:
    """Return maps at a rate `factor` times as low, smoothed by a kernel (taps, taps) that no two
    lines make."""
    channels = x.shape[1]
    return F.conv2d(
        x, kernel.to(x)[None, None].expand(channels, -1, -1, -1), stride=factor, groups=channels
    )
