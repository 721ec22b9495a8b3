"""Statistics of one metric over many patches: spread, interval over images, outliers."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.intervals import (
    MEAN,
    MEAN_OF_POSITIVE,
    NO_BOUNDS,
    Bounds,
    bounds,
    mean_sums,
)
from cytoforge.metrics.metric import Metric

# 1 / 0.6745 is the SD of a normal distribution in units of its MAD.
MAD_TO_SD = 0.6744897501960817
NEAR_ZERO = 1e-6


@dataclass(frozen=True)
class Summary:
    """One metric in one series.

    n, n_undefined, n_units : patches with a value, patches without, independent units they come
        from (images, or what the split keeps together)
    sd : population SD (ddof 0), as in the original
    cv_percent : 100 SD / mean; None where it means nothing, `cv_note` then says why
    bounds : interval of the mean over units, or the mean of each of fewer than six
    """

    n: int
    n_undefined: int
    n_units: int
    mean: float | None = None
    sd: float | None = None
    cv_percent: float | None = None
    cv_note: str = ""
    median: float | None = None
    bounds: Bounds = NO_BOUNDS

    def cells(self) -> dict[str, Any]:
        """Return the cells of a table: every field, and those of the bounds."""
        named = {item.name: getattr(self, item.name) for item in fields(self)}
        return {key: named[key] for key in named if key != "bounds"} | self.bounds.cells()


def summarise(
    values: np.ndarray,
    units: np.ndarray,
    metric: Metric,
    config: MetricsConfig,
    noun: str = "image",
) -> Summary:
    """Summarise values (n,) of patches from `units` (n,), each called a `noun`; NaN and infinite
    count as undefined."""
    defined = np.isfinite(values)
    n_undefined = int((~defined).sum())
    values, units = values[defined].astype(np.float64), units[defined]
    if not len(values):
        return Summary(0, n_undefined, 0)
    mean, sd = float(values.mean()), float(values.std())
    note = cv_note(values, metric.signed)
    return Summary(
        n=len(values),
        n_undefined=n_undefined,
        n_units=len(np.unique(units)),
        mean=mean,
        sd=sd,
        cv_percent=None if note else 100 * sd / mean,
        cv_note=note,
        median=float(np.median(values)),
        bounds=mean_bounds(values, units, metric.signed, config.confidence, noun),
    )


def cv_note(values: np.ndarray, signed: bool) -> str:
    """Return why SD / mean of these values would mean nothing, "" where it does mean something."""
    if signed or values.min() < 0:
        return "signed"
    return "mean near zero" if values.mean() < NEAR_ZERO else ""


def mean_bounds(
    values: np.ndarray, units: np.ndarray, signed: bool, confidence: float, noun: str = "image"
) -> Bounds:
    """Return what chance does to the mean of values (n,) of patches from `units` (n,).

    Patches of one image resemble each other: taken as independent, they would make an interval
    that is too short.
    """
    return bounds(mean_sums(values, units), MEAN if signed else MEAN_OF_POSITIVE, confidence, noun)


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
