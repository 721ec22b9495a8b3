"""What is said of a metric, and the forms of functions that measure one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# The series that are measured, as tables name them.
GENERATOR, REAL = "generator", "real_vs_real"
CLASS_MEANS, GRAINY_MEANS = "class_means", "grainy_means"
TRIVIAL = {CLASS_MEANS: "class means", GRAINY_MEANS: "class means blurred, with grain"}
"""The trivial baselines by series, and what they are called."""


@dataclass(frozen=True)
class Metric:
    """What the report says about a metric.

    higher_is_better : None where neither direction is
    unit : "" for plain numbers
    weights : name in resources/weights.tsv, None where none are needed
    original : one of the nine of the pipeline this project reimplements
    signed : may be negative, so that SD / mean (CV) means nothing
    """

    name: str
    label: str
    higher_is_better: bool | None
    unit: str
    description: str
    weights: str | None = None
    original: bool = False
    signed: bool = False


Statistic = Callable[[np.ndarray, np.ndarray, np.ndarray], float]
"""Distance of two sets from the products A Aᵀ (n, n), B Bᵀ (m, m) and A Bᵀ (n, m)."""
