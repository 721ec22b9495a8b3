"""Statistics of one metric over many patches: spread, interval over images, outliers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.metric import Metric
from cytoforge.seeds import generator

# 1 / 0.6745 is the SD of a normal distribution in units of its MAD.
MAD_TO_SD = 0.6744897501960817
NEAR_ZERO = 1e-6


@dataclass(frozen=True)
class Summary:
    """One metric in one series.

    n, n_undefined, n_images : patches with a value, patches without, images they come from
    sd : population SD (ddof 0), as in the original
    cv_percent : 100 SD / mean; None where it means nothing, `cv_note` then says why
    ci_low, ci_high : percentile interval of the mean by a bootstrap over images (all patches of a
        drawn image come along); None for fewer than two images
    """

    n: int
    n_undefined: int
    n_images: int
    mean: float | None = None
    sd: float | None = None
    cv_percent: float | None = None
    cv_note: str = ""
    median: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None


def summarise(
    values: np.ndarray, images: np.ndarray, metric: Metric, config: MetricsConfig, seed: int
) -> Summary:
    """Summarise values (n,) of patches from `images` (n,); NaN and infinite count as undefined."""
    defined = np.isfinite(values)
    n_undefined = int((~defined).sum())
    values, images = values[defined].astype(np.float64), images[defined]
    n_images = len(np.unique(images))
    if not len(values):
        return Summary(0, n_undefined, 0)
    mean, sd = float(values.mean()), float(values.std())
    note = cv_note(values, metric.signed)
    low, high = mean_interval(values, images, config, seed, metric.name)
    return Summary(
        n=len(values),
        n_undefined=n_undefined,
        n_images=n_images,
        mean=mean,
        sd=sd,
        cv_percent=None if note else 100 * sd / mean,
        cv_note=note,
        median=float(np.median(values)),
        ci_low=low,
        ci_high=high,
    )


def cv_note(values: np.ndarray, signed: bool) -> str:
    """Return why SD / mean of these values would mean nothing, "" where it does mean something."""
    if signed or values.min() < 0:
        return "signed"
    return "mean near zero" if values.mean() < NEAR_ZERO else ""


def mean_interval(
    values: np.ndarray, images: np.ndarray, config: MetricsConfig, seed: int, name: str
) -> tuple[float | None, float | None]:
    """Return the bootstrap interval of the mean over resampled images (a cluster bootstrap).

    Patches of one image resemble each other; resampling patches would make the interval too short.
    The draws are named, so they depend neither on call order nor on other metrics.
    """
    _, image = np.unique(images, return_inverse=True)
    k = int(image.max()) + 1
    if k < 2:
        return None, None
    sums, counts = np.bincount(image, values, k), np.bincount(image, minlength=k)
    draws = image_draws(k, config.bootstrap, seed, name)
    return interval(draws @ sums / (draws @ counts), config.confidence)


def image_draws(n_images: int, resamples: int, seed: int, name: str) -> np.ndarray:
    """Return how often each image is drawn in each resample, (resamples, n_images)."""
    random = generator(seed, "bootstrap", name, n_images)
    return random.multinomial(n_images, np.full(n_images, 1 / n_images), size=resamples)


def interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Return the central percentile interval.

    >>> low, high = interval(np.arange(101.0), 0.9)
    >>> round(low), round(high)
    (5, 95)
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def robust_z(values: np.ndarray) -> np.ndarray:
    """Return 0.6745 (x - median) / MAD (Iglewicz and Hoaglin 1993); NaN stays NaN.

    With a MAD of 0 (more than half of the values equal) every other value would be infinitely far
    out, which says nothing: all scores are 0 then.

    >>> robust_z(np.array([1.0, 2, 3, 4, 100])).round(1).tolist()
    [-1.3, -0.7, 0.0, 0.7, 65.4]
    """
    if np.isnan(values).all():
        return values
    distance = values - np.nanmedian(values)
    mad = np.nanmedian(np.abs(distance))
    return MAD_TO_SD * distance / mad if mad > 0 else np.where(np.isnan(values), np.nan, 0.0)


def outliers(pairs: pd.DataFrame, metric: Metric, config: MetricsConfig) -> pd.DataFrame:
    """Return the rows of a pair table whose robust z-score exceeds the config's limit.

    `pairs` holds one series; columns of the result: metric, series, image, row, col, value, z,
    worse (on the bad side; None where the metric has none).
    """
    values = pairs[metric.name].to_numpy(np.float64)
    z = robust_z(np.where(np.isfinite(values), values, np.nan))
    far = np.abs(z) > config.outlier_mads
    found = pairs.loc[far, ["series", "image", "row", "col"]].copy()
    found.insert(0, "metric", metric.name)
    found["value"], found["z"] = values[far], z[far]
    better = metric.higher_is_better
    found["worse"] = None if better is None else (z[far] < 0) == better
    return found
