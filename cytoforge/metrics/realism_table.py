"""The table of realism: every measure of every series."""

import numpy as np
import pandas as pd

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.intervals import CELLS, unit_noun
from cytoforge.metrics.material import Finding, Material
from cytoforge.metrics.registry import measures, realism_families
from cytoforge.metrics.statistics import mean_bounds

COLUMNS = ["measure", "series", "value", *CELLS, "n", "n_units", "status"]


def realism_table(material: Material, config: MetricsConfig) -> pd.DataFrame:
    """Return one row per measure and series.

    Columns: measure, series, value (mean over patches, cells or images), the cells of `Bounds`
    (over units: images, or what the split keeps together), n, n_units, status ("ok", "skipped:
    <why>", or why there is no value).
    """
    found = [one for family in realism_families() for one in family.measure(material)]
    order = {metric.name: place for place, metric in enumerate(measures())}
    noun = unit_noun(material.units("real"), material.real.ids["image"].to_numpy(str))
    in_order = sorted(found, key=lambda one: order[one.measure])
    rows = [_row(one, config.confidence, noun) for one in in_order]
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _row(one: Finding, confidence: float, noun: str) -> dict[str, object]:
    row: dict[str, object] = {"measure": one.measure, "series": one.series, "status": one.status}
    defined = np.isfinite(one.values)
    values, units = one.values[defined], one.units[defined]
    row |= {"n": len(values), "n_units": len(np.unique(units))}
    if len(values):
        found = mean_bounds(values, units, False, confidence, noun)
        row |= {"value": float(values.mean()), **found.cells()}
    elif one.status == "ok":
        row["status"] = "undefined: the real patches hold nothing to compare with"
    return row
