"""Every metric, found by its family's name: a new metric is one new file.

A family of metrics of pairs is a module of `cytoforge/metrics/pair_metrics` (or of `pair_metrics`
of the plugins) that holds

- `METRICS`: what tables, report and config say of each, a tuple of `Metric`;
- `measure`: `PairFunction`; left out where a network's pass has the values.

A family of metrics of sets is one of `set_metrics`: `METRICS` of one network's features each, and
`measure`: `SetFunction`.

A family of measures of realism is one of `realism`: `MEASURES`, and `measure`, which gives a
`Finding` per measure and series of `Material` (see `cytoforge/metrics/material.py`).
"""

from collections.abc import Callable
from types import ModuleType

import numpy as np
from torch import Tensor

from cytoforge.jobs.by_name import load, names_in
from cytoforge.metrics.metric import Metric, Statistic

PairFunction = Callable[[Tensor, Tensor], dict[str, Tensor]]
"""(real, fake), float32 (B, C, H, W) in [0, 1] -> values (B,) of one or more metrics by name."""

SetFunction = Callable[[np.ndarray, np.ndarray, np.random.Generator], tuple[float, Statistic]]
"""Features (n, d) and (m, d) and what may be drawn -> the distance, and its form for resampling."""

# Of the rows of tables; metrics that are not named here follow by family.
ORDER = (
    *("psnr", "ssim", "mse", "mae", "lpips_vgg", "pearson", "cross_entropy", "bhattacharyya"),
    *("gradient_error", "kl", "bhattacharyya_distance", "hellinger", "ms_ssim", "haarpsi", "mdsi"),
    *("ms_gmsd", "lpips_alex", "vgg16_frechet", "vgg16_kernel", "fid", "kid"),
)
REALISM_ORDER = (
    *("precision", "recall", "density", "coverage", "classifier_accuracy", "classifier_auc"),
    *("cell_accuracy", "cell_auc", "cell_intensity", "cell_texture"),
    *("cell_intensity_spread", "cell_texture_spread"),
    *("power_2px", "power_4px", "power_8px", "power_16px", "power_32px"),
)


def _families(room: str) -> list[ModuleType]:
    return [load(room, name) for name in names_in(room)]


def _in_order(found: list[Metric], order: tuple[str, ...]) -> tuple[Metric, ...]:
    return tuple(
        sorted(found, key=lambda m: order.index(m.name) if m.name in order else len(order))
    )


_PAIRS, _SETS = _families("pair_metrics"), _families("set_metrics")
PAIR_METRICS = _in_order([m for f in _PAIRS for m in f.METRICS], ORDER)
SET_METRICS = _in_order([m for f in _SETS for m in f.METRICS], ORDER)
SOURCES: tuple[PairFunction, ...] = tuple(f.measure for f in _PAIRS if hasattr(f, "measure"))
SET_SOURCES: dict[str, SetFunction] = {m.name: f.measure for f in _SETS for m in f.METRICS}

SERIES: dict[str, str] = {
    "generator": "Synthetic against real",
    "class_means": "Class means against real: each level filled with its mean grey value",
    "grainy_means": "Class means blurred by 1 px, with white grain of 0.35 SDs of each level",
    "real_vs_real": "Real against real: test against unrelated train patches",
}


def realism_families() -> list[ModuleType]:
    """Return the families of `realism`; when asked, because they build on the metrics above."""
    return _families("realism")


def measures() -> tuple[Metric, ...]:
    """Return what is said of every measure of realism, in the order of the tables."""
    found = [measure for family in realism_families() for measure in family.MEASURES]
    return _in_order(found, REALISM_ORDER)
