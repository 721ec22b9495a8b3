"""Cell by cell, under the same masks: are the made ones as bright, as textured and as varied?

The masks are those of the real image, which the label map was drawn from, so that neither a
segmenter's error nor the shape of cells comes in.
"""

import numpy as np
import pandas as pd

from cytoforge.metrics.cell_features import KINDS
from cytoforge.metrics.material import Finding, Material, nothing
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.realism.patch_classifier import told_apart

DARK = 1e-3  # of the unit range: what is added before a logarithm
# Name, column of the cells' table, what is taken of one image's cells, words.
RATIOS = (
    ("intensity", "mean", np.mean, "mean intensity of the cells"),
    ("texture", "gradient", np.mean, "texture (gradient) within the cells"),
    ("intensity_spread", "mean", np.std, "SD of intensity between cells"),
    ("texture_spread", "gradient", np.std, "SD of texture between cells"),
)
MEASURES = (
    Metric(
        "cell_accuracy",
        "Single cells, right",
        False,
        "",
        "How often a linear classifier on brightness, texture and their ratio tells a made cell"
        " from a real one under the same mask, whole images left out. 0.5 is guessing.",
    ),
    Metric("cell_auc", "Single cells, AUC", False, "", "Area under the ROC curve of the same."),
    *(
        Metric(
            f"cell_{name}",
            f"Cells: {name.replace('_', ' ')}",
            None,
            "of real",
            f"{words[0].upper()}{words[1:]} by that of the real ones; 1 is alike.",
        )
        for name, _, _, words in RATIOS
    ),
)


def measure(material: Material) -> list[Finding]:
    """Return the two of the classifier and the four ratios of every series."""
    found = []
    for series in material.series:
        real, made = material.cells.get("real"), material.cells.get(series)
        if real is None or made is None or real.empty or made.empty:
            status = "skipped: no objects that could be measured one by one"
            found += [nothing(each.name, series, status) for each in MEASURES]
        else:
            found += [*_told_apart(real, made, series, material.seed), *_ratios(real, made, series)]
    return found


def _told_apart(real: pd.DataFrame, made: pd.DataFrame, series: str, seed: int) -> list[Finding]:
    both = pd.concat([real, made], ignore_index=True)
    # Logarithms, so that a sum of them is a ratio, e.g. of texture to brightness.
    features = np.log(both.drop(columns="unit").to_numpy(np.float64) + DARK)
    is_made = np.arange(len(both)) >= len(real)
    names = ("cell_accuracy", "cell_auc")
    return told_apart(features, is_made, both["unit"].to_numpy(str), series, names, seed)


def _ratios(real: pd.DataFrame, made: pd.DataFrame, series: str) -> list[Finding]:
    """Compare the cells of each image with the real ones of that image, or with all of them where
    it has none; the mean over the channels."""
    names = map(str, real.columns)
    channels = [n.removeprefix(f"{KINDS[0]}_") for n in names if n.startswith(f"{KINDS[0]}_")]
    values: dict[str, list[float]] = {name: [] for name, *_ in RATIOS}
    units = sorted(set(made["unit"]))
    for unit in units:
        mine, same = made[made["unit"] == unit], real[real["unit"] == unit]
        theirs = real if same.empty else same
        for name, kind, of, _ in RATIOS:
            columns = [f"{kind}_{channel}" for channel in channels]
            ours, wanted = (of(t[columns].to_numpy(np.float64), axis=0) for t in (mine, theirs))
            ratio = np.divide(ours, wanted, out=np.full(len(ours), np.nan), where=wanted > 0)
            values[name].append(float(ratio.mean()))
    at = np.array(units, str)
    return [Finding(f"cell_{name}", series, np.array(v), at) for name, v in values.items()]
