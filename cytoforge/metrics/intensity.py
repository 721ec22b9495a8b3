"""Grey value and texture statistics of each level of the label map."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

BINS = 1024


@dataclass(frozen=True)
class LevelCounts:
    """Sums over the pixels of each code (K) and channel (C); sums of two parts add up.

    pixels : (K,); total, squares, gradient : (K, C), sums of intensity, its square and the squared
    gradient length; histogram : (K, C, 1024) on [0, 1]
    """

    pixels: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    gradient: np.ndarray
    histogram: np.ndarray

    def __add__(self, other: "LevelCounts") -> "LevelCounts":
        return LevelCounts(
            self.pixels + other.pixels,
            self.total + other.total,
            self.squares + other.squares,
            self.gradient + other.gradient,
            self.histogram + other.histogram,
        )

    @property
    def mean(self) -> np.ndarray:
        """Mean unit intensity, (K, C); NaN for codes that do not occur."""
        return _divide(self.total, self.pixels)

    @property
    def sd(self) -> np.ndarray:
        """Population SD of unit intensity, (K, C)."""
        variance = _divide(self.squares, self.pixels) - self.mean**2
        return np.sqrt(np.clip(variance, 0, None))

    @property
    def gradient_energy(self) -> np.ndarray:
        """Mean squared gradient (central differences) of unit intensity a pixel, (K, C)."""
        return _divide(self.gradient, self.pixels)


def level_counts(unit: np.ndarray, labels: np.ndarray, n_codes: int) -> LevelCounts:
    """Count unit patches (n, C, H, W) by their label patches (n, H, W), codes below `n_codes`."""
    codes = labels.ravel().astype(np.intp)
    channels = unit.shape[1]
    sums = np.zeros((3, n_codes, channels))
    histogram = np.zeros((n_codes, channels, BINS))
    for channel in range(channels):
        plane = unit[:, channel]
        down, across = np.gradient(plane, axis=(1, 2))
        flat = plane.ravel()
        for row, values in enumerate((flat, flat.astype(np.float64) ** 2, down**2 + across**2)):
            sums[row, :, channel] = np.bincount(codes, values.ravel(), n_codes)
        bins = np.clip(flat * BINS, 0, BINS - 1).astype(np.intp)
        counts = np.bincount(codes * BINS + bins, minlength=n_codes * BINS)
        histogram[:, channel] = counts.reshape(n_codes, BINS)
    total, squares, gradient = sums
    pixels = np.bincount(codes, minlength=n_codes)
    return LevelCounts(pixels, total, squares, gradient, histogram)


def wasserstein(real: LevelCounts, other: LevelCounts) -> np.ndarray:
    """Return the 1-Wasserstein distance of unit intensities, (K, C), to 1/1024; NaN where a code
    is missing on one side. In one dimension it is the area between the distribution functions.

    >>> labels, black = np.array([[[0, 0], [1, 1]]]), np.zeros((1, 1, 2, 2))
    >>> wasserstein(level_counts(black, labels, 2), level_counts(black + 0.5, labels, 2)).tolist()
    [[0.5], [0.5]]
    """
    cdf_real = _divide(real.histogram.cumsum(-1), real.pixels)
    cdf_other = _divide(other.histogram.cumsum(-1), other.pixels)
    return np.abs(cdf_real - cdf_other).mean(-1)


def level_table(
    real: LevelCounts,
    series: dict[str, LevelCounts],
    code_names: list[str],
    channels: list[str],
) -> pd.DataFrame:
    """Return one row a series, code and channel; codes that occur on neither side are left out."""
    rows = []
    for name, counts in series.items():
        distance = wasserstein(real, counts)
        for code, code_name in enumerate(code_names):
            if not real.pixels[code] and not counts.pixels[code]:
                continue
            for c, channel in enumerate(channels):
                row = {"series": name, "code": code, "level": code_name, "channel": channel}
                row |= _columns("real", real, code, c) | _columns("series", counts, code, c)
                rows.append(row | {"wasserstein": distance[code, c]})
    return pd.DataFrame(rows)


def _columns(side: str, counts: LevelCounts, code: int, channel: int) -> dict[str, float]:
    return {
        f"{side}_pixels": int(counts.pixels[code]),
        f"{side}_mean": counts.mean[code, channel],
        f"{side}_sd": counts.sd[code, channel],
        f"{side}_gradient_energy": counts.gradient_energy[code, channel],
    }


def _divide(sums: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    whole = pixels.reshape(-1, *[1] * (sums.ndim - 1))
    return np.divide(sums, whole, out=np.full(sums.shape, np.nan), where=whole > 0)
