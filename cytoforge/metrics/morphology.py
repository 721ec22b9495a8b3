"""Distances between the distributions of cell properties in real and synthetic images."""

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp, wasserstein_distance

SHAPE_COLUMNS = ("eccentricity", "neighbours")


def morphology_columns(cells: pd.DataFrame) -> list[str]:
    """Return the compared columns of an object table: areas, shape, neighbours, intensities."""
    areas = [name for name in cells.columns if name.endswith("area_px")]
    intensities = [name for name in cells.columns if name.startswith("intensity_")]
    return [name for name in (*areas, *SHAPE_COLUMNS, *intensities) if name in cells.columns]


def morphology_table(real: pd.DataFrame, series: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Compare cell tables, one row per cell; returns one row per series and property.

    wasserstein : mean shift of the property, in its own unit
    wasserstein_sd : the same in SDs of the real cells, comparable between properties
    ks : greatest difference of the distribution functions, 0–1
    A side without cells leaves the distances undefined (NaN).

    Cells that are all one pixel larger are moved by 1 px, one SD of these two:

    >>> cells = pd.DataFrame({"area_px": [1.0, 3.0]})
    >>> (row,) = morphology_table(cells, {"generator": cells + 1}).to_dict("records")
    >>> [float(row[key]) for key in ("wasserstein", "wasserstein_sd", "ks")]
    [1.0, 1.0, 0.5]
    """
    rows = []
    for name, cells in series.items():
        for column in morphology_columns(real):
            a = real[column].dropna().to_numpy(np.float64)
            b = cells[column].dropna().to_numpy(np.float64) if column in cells else a[:0]
            rows.append({"series": name, "property": column, **_compare(a, b)})
    return pd.DataFrame(rows)


def _compare(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    row = {"n_real": len(a), "n": len(b)}
    if not len(a) or not len(b):
        return row | dict.fromkeys(
            ("real_mean", "mean", "wasserstein", "wasserstein_sd", "ks"), np.nan
        )
    distance, sd = wasserstein_distance(a, b), a.std()
    return row | {
        "real_mean": a.mean(),
        "mean": b.mean(),
        "wasserstein": distance,
        "wasserstein_sd": distance / sd if sd > 0 else np.nan,
        "ks": ks_2samp(a, b).statistic,
    }
