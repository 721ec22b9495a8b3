"""The scores of one model, read from the tables of the metrics stage."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.jobs.optional_files import read_json
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.registry import PAIR_METRICS, SET_METRICS

GENERATOR, CLASS_MEANS, REAL = "generator", "class_means", "real_vs_real"
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in (*PAIR_METRICS, *SET_METRICS)}


@dataclass(frozen=True)
class Value:
    """One number with its interval; `status` says why where there is none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    status: str = "not scored"


@dataclass(frozen=True)
class Scores:
    """The tables of one model; missing files are empty tables."""

    model_name: str
    pairs: pd.DataFrame
    summary: pd.DataFrame
    sets: pd.DataFrame
    levels: pd.DataFrame
    morphology: pd.DataFrame
    resegmentation: pd.DataFrame
    outliers: pd.DataFrame
    extra: dict[str, Any]
    label_fidelity: pd.DataFrame = field(default_factory=pd.DataFrame)
    memorisation: pd.DataFrame = field(default_factory=pd.DataFrame)
    intensity_calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    diversity: pd.DataFrame = field(default_factory=pd.DataFrame)

    def value(self, metric: str, series: str = GENERATOR) -> Value:
        """Return a metric of a series: mean over pairs, or distance of the sets."""
        for table, column in ((self.summary, "mean"), (self.sets, "value")):
            if len(table):
                rows = table[(table["metric"] == metric) & (table["series"] == series)]
                if len(rows):
                    row = rows.iloc[0]
                    return _value(row, column)
        return Value()

    def object_f1(self, object_name: str, series: str = GENERATOR) -> Value:
        """Return the re-segmentation F1 over all images; series `real` is the real images' own."""
        table = self.resegmentation
        if not len(table):
            return Value()
        wanted = (table["image"] == "all") & (table["object"] == object_name)
        rows = table[wanted & (table["series"] == series)]
        if not len(rows):
            return Value()
        return _value(rows.iloc[0], "f1")

    def objects(self) -> list[str]:
        """Return the names of the objects that were counted when segmented again."""
        table = self.resegmentation
        if "f1" not in table:
            return []
        return list(dict.fromkeys(table.loc[table["f1"].notna(), "object"]))

    def patch_values(self, metric: str, series: str = GENERATOR) -> np.ndarray:
        """Return the defined values of a pair metric over the patches."""
        if metric not in self.pairs:
            return np.empty(0)
        values = self.pairs.loc[self.pairs["series"] == series, metric].to_numpy(float)
        return values[np.isfinite(values)]

    def verdict(self, name: str) -> dict[str, Any]:
        """Return a verdict (name, passed, text), {} where there is none."""
        found = [one for one in self.extra.get("verdicts", ()) if one["name"] == name]
        return found[0] if found else {}

    def row(self, metric: str, series: str = GENERATOR) -> dict[str, Any]:
        """Return the summary row of a pair metric as plain values, {} where there is none."""
        if not len(self.summary):
            return {}
        table = self.summary
        rows = table[(table["metric"] == metric) & (table["series"] == series)]
        if not len(rows):
            return {}
        return {str(key): None if pd.isna(value) else value for key, value in rows.iloc[0].items()}


def read_scores(model_name: str, folder: Path) -> Scores:
    """Read the tables of one model's scores from their folder."""
    extra = read_json(folder / "scores.json") or {}
    return Scores(
        model_name=model_name,
        pairs=_table(folder / "pairs.csv"),
        summary=_table(folder / "summary.csv"),
        sets=_table(folder / "set.csv"),
        levels=_table(folder / "levels.csv"),
        morphology=_table(folder / "morphology.csv"),
        resegmentation=_table(folder / "resegmentation.csv"),
        outliers=pd.DataFrame(extra.get("outliers", [])),
        extra=extra,
        label_fidelity=_table(folder / "label_fidelity.csv"),
        memorisation=_table(folder / "memorisation.csv"),
        intensity_calibration=_table(folder / "intensity_calibration.csv"),
        diversity=_table(folder / "diversity.csv"),
    )


def _table(path: Path) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame()
    # Names such as "NA" or "nan" are names: only empty cells are missing.
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    for column in ("image", "with_image", "level", "channel"):
        if column in table:
            table[column] = table[column].fillna("").astype(str)
    return table


def _value(row: pd.Series, column: str) -> Value:
    return Value(
        value=_number(row.get(column)),
        low=_number(row.get("ci_low")),
        high=_number(row.get("ci_high")),
        status=str(row.get("status", "ok")),
    )


def _number(value: Any) -> float | None:
    """Return a cell's number; None for an empty one, NaN and infinity, which compare as nothing."""
    found = None if value is None or pd.isna(value) else float(value)
    return found if found is not None and math.isfinite(found) else None
