"""Labels that a network of the user's finds in made images, beside those it finds in real ones.

Where no object can be segmented again, as of a user's own classes, this says whether the labels are
those of the image. Labels that the network does not find in real images say nothing of made ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cytoforge.metrics.level_dice import MEAN_CODE
from cytoforge.metrics.verdicts import LEAST_DICE


@dataclass(frozen=True)
class FoundAgain:
    """How well a network that has learned from real images finds the labels of made ones.

    network : name of its model
    labels : how many it finds in the real test images, with a Dice of at least `LEAST_DICE`
    made, real : mean Dice of these, of images made of the test label maps and of the real test
        images; None without any
    """

    network: str
    labels: int
    made: float | None
    real: float | None


def read_found_again(told: Mapping[str, str]) -> FoundAgain:
    """Read the tables `made` and `real` (agreement.csv) of `network`."""
    made, real = _dice_by_code(told["made"]), _dice_by_code(told["real"])
    found = real[real >= LEAST_DICE]
    if found.empty:
        return FoundAgain(told["network"], 0, None, None)
    again = made.reindex(found.index).fillna(0.0)
    return FoundAgain(told["network"], len(found), float(again.mean()), float(found.mean()))


def _dice_by_code(path: str | Path) -> pd.Series:
    """Return the Dice of each code over all images."""
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    rows = table[(table["image"] == "all") & (table["code"] != MEAN_CODE)]
    return rows.set_index("code")["f1"].astype(float)
