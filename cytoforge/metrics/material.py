"""What the measures of realism have to work on, and what they find."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cytoforge.metrics.blurred import Blurred
from cytoforge.metrics.pairs import Patches
from cytoforge.metrics.pretrained_scores import NetworkScores
from cytoforge.pretrained.weights import Missing

FEATURES = "vgg16"  # whose patches the measures compare: mean-pooled relu4_3 and relu5_3


@dataclass(frozen=True)
class Material:
    """Everything of one set that is compared with the real test patches.

    real, series : patches; every series has as many as `real`, some of them repeated where there
        were too few (`once` says which are not)
    scores, skipped : what the networks' one pass has given, and which weights are missing
    blurred : the real patches blurred by growing steps
    cells : by series and "real", one row per cell (`cell_features`); empty without objects
    """

    real: Patches
    series: Mapping[str, Patches]
    scores: NetworkScores
    skipped: Mapping[str, Missing]
    blurred: Blurred
    cells: Mapping[str, pd.DataFrame]
    seed: int

    def once(self, series: str) -> np.ndarray:
        """Return the rows of a series that repeat no earlier one, (n,) int."""
        return np.flatnonzero(~self.series[series].ids.duplicated().to_numpy())

    def units(self, series: str) -> np.ndarray:
        """Return what is independent, an image or what the split keeps together, of every patch of
        a series or of "real", (n,) str."""
        patches = self.real if series == "real" else self.series[series]
        return patches.ids["group"].to_numpy(str)


@dataclass(frozen=True)
class Finding:
    """A measure of one series: the mean of values of patches, cells or images.

    units : the image of each, or what the split keeps together
    status : why there are no values, or "ok"
    """

    measure: str
    series: str
    values: np.ndarray
    units: np.ndarray
    status: str = "ok"


def nothing(measure: str, series: str, status: str) -> Finding:
    """Return what is said of a measure that cannot be computed."""
    return Finding(measure, series, np.empty(0), np.empty(0, str), status)
