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


def morphology_table(
    real: pd.DataFrame, series: dict[str, pd.DataFrame], other_real: str = ""
) -> pd.DataFrame:
    """Compare cell tables, one row per cell; returns one row per series and property.

    other_real : name of the series that has other real cells

    wasserstein : mean shift of the property, in its own unit
    wasserstein_sd : the same in SDs of the real cells, comparable between properties
    ks : greatest difference of the distribution functions, 0–1
    other_real_sd : the distance, in the same SDs, from the cells of `other_real`. A synthetic field
        shows the real field's own cells and may lie nearer to it than two real sets of different
        cells to each other: alike is to hold both against the same third set, that is this column
        of the synthetic cells against that of `other_real`, which is its distance from the real.
        NaN without `other_real`.
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
            a = _values(real, column)
            b = _values(cells, column)
            other = a if name == other_real else _values(series.get(other_real), column)
            row = {"series": name, "property": column, **_compare(a, b)}
            rows.append(row | {"other_real_sd": _in_sds_of(a, other, b)})
    return pd.DataFrame(rows)


def _values(cells: pd.DataFrame | None, column: str) -> np.ndarray:
    if cells is None or column not in cells:
        return np.zeros(0)
    return cells[column].dropna().to_numpy(np.float64)


def _in_sds_of(real: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """Return the distance of `a` and `b` in SDs of `real`, NaN where a side is empty."""
    if not len(a) or not len(b) or not len(real) or real.std() == 0:
        return np.nan
    return wasserstein_distance(a, b) / real.std()


def _compare(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    row = {"n_real": len(a), "n": len(b)}
    if not len(a) or not len(b):
        return row | dict.fromkeys(
            ("real_mean", "mean", "wasserstein", "wasserstein_sd", "ks"), np.nan
        )
    return row | {
        "real_mean": a.mean(),
        "mean": b.mean(),
        "wasserstein": wasserstein_distance(a, b),
        "wasserstein_sd": _in_sds_of(a, a, b),
        "ks": ks_2samp(a, b).statistic,
    }
