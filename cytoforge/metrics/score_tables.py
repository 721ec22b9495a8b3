"""The scores of one model, read from the tables of the metrics stage."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.jobs.optional_files import read_json
from cytoforge.metrics.found_again import FoundAgain
from cytoforge.metrics.intervals import NO_BOUNDS, Bounds
from cytoforge.metrics.metric import GENERATOR, Metric
from cytoforge.metrics.registry import PAIR_METRICS, SET_METRICS

STRICT = "_80"  # at the end of the columns of resegmentation.csv that count at IoU 0.8, not 0.5
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in (*PAIR_METRICS, *SET_METRICS)}


@dataclass(frozen=True)
class Value:
    """One number with what chance does to it; `status` says why where there is none."""

    value: float | None = None
    bounds: Bounds = NO_BOUNDS
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
    realism: pd.DataFrame = field(default_factory=pd.DataFrame)
    intensity_calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    diversity: pd.DataFrame = field(default_factory=pd.DataFrame)
    found_again: FoundAgain | None = None

    @cached_property
    def groups(self) -> dict[str, str]:
        """What the split keeps together, by test image."""
        if "group" not in self.pairs:
            return {}
        return dict(zip(self.pairs["image"], self.pairs["group"], strict=True))

    def units_of(self, images: pd.Series) -> pd.Series:
        """Return the independent unit of each image: its group, or the image itself."""
        return images.map(lambda image: self.groups.get(image, image))

    @property
    def noun(self) -> str:
        """What an independent unit is called."""
        return "image" if all(key == value for key, value in self.groups.items()) else "group"

    def value(self, metric: str, series: str = GENERATOR) -> Value:
        """Return a metric of a series: mean over pairs, or distance of the sets."""
        for table, column in ((self.summary, "mean"), (self.sets, "value")):
            if len(table):
                rows = table[(table["metric"] == metric) & (table["series"] == series)]
                if len(rows):
                    row = rows.iloc[0]
                    return _value(row.to_dict(), column)
        return Value()

    def measure(self, name: str, series: str = GENERATOR) -> Value:
        """Return a measure of realism of a series."""
        table = self.realism
        if not len(table):
            return Value()
        rows = table[(table["measure"] == name) & (table["series"] == series)]
        return _value(rows.iloc[0].to_dict(), "value") if len(rows) else Value()

    def object_f1(self, object_name: str, series: str = GENERATOR, iou: float = 0.5) -> Value:
        """Return the re-segmentation F1 over all images at IoU 0.5 or 0.8; series `real` is the
        real images' own. At 0.8 it has no interval."""
        table = self.resegmentation
        if not len(table):
            return Value()
        wanted = (table["image"] == "all") & (table["object"] == object_name)
        rows = table[wanted & (table["series"] == series)]
        if not len(rows):
            return Value()
        row = rows.iloc[0].to_dict()
        if iou == 0.5:
            return _value(row, "f1")
        return Value(_number(row.get(f"f1{STRICT}")), status=str(row.get("status", "ok")))

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


def read_scores(model_name: str, folder: Path, found_again: FoundAgain | None = None) -> Scores:
    """Read the tables of one model's scores from their folder.

    found_again : the label maps that a network finds in the model's images, where one was asked
    """
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
        realism=_table(folder / "realism.csv"),
        intensity_calibration=_table(folder / "intensity_calibration.csv"),
        diversity=_table(folder / "diversity.csv"),
        found_again=found_again,
    )


def _table(path: Path) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame()
    # Names such as "NA" or "nan" are names: only empty cells are missing.
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    for column in ("image", "with_image", "group", "with_group", "level", "channel"):
        if column in table:
            table[column] = table[column].astype(object).fillna("").astype(str)
    return table


def _value(row: Mapping[Any, Any], column: str) -> Value:
    return Value(
        value=_number(row.get(column)),
        bounds=read_bounds(row),
        status=str(row.get("status", "ok")),
    )


def read_bounds(row: Mapping[Any, Any]) -> Bounds:
    """Read the cells that `Bounds.cells` has written; missing ones are none."""
    interval, values = (row.get(key) for key in ("interval", "unit_values"))
    return Bounds(
        low=_number(row.get("low")),
        high=_number(row.get("high")),
        interval="" if interval is None or pd.isna(interval) else str(interval),
        unit_values=() if pd.isna(values) else tuple(map(float, str(values).split())),
    )


def _number(value: Any) -> float | None:
    """Return a cell's number; None for an empty one, NaN and infinity, which compare as nothing."""
    found = None if value is None or value == "" or pd.isna(value) else float(value)
    return found if found is not None and math.isfinite(found) else None
