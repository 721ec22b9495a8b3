"""Label maps that a network of the user's finds in made images, beside those it finds in real ones.

Where no object can be segmented again, as of a user's own classes, this says whether the labels are
those of the image.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cytoforge.metrics.level_dice import MEAN_CODE


@dataclass(frozen=True)
class FoundAgain:
    """How well a network that has learned from real images finds the labels of made ones.

    network : name of its model
    made, real : mean Dice over the codes, of images made of the test label maps and of the real
        test images; None where no code was compared
    """

    network: str
    made: float | None
    real: float | None


def read_found_again(told: Mapping[str, str]) -> FoundAgain:
    """Read the tables `made` and `real` (agreement.csv) of `network`."""
    return FoundAgain(told["network"], _mean_dice(told["made"]), _mean_dice(told["real"]))


def _mean_dice(path: str | Path) -> float | None:
    """Return the mean Dice over codes of all images together."""
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    rows = table[(table["image"] == "all") & (table["code"] == MEAN_CODE)]
    values = rows["f1"].dropna()
    return float(values.iloc[0]) if len(values) else None
