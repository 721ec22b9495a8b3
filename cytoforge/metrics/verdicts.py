"""The verdicts on a model: whether it does what the two baselines ask of it."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from cytoforge.metrics.write import rows

PERCEPTUAL = ("lpips_alex", "lpips_vgg")
SETS = ("vgg16_frechet", "vgg16_kernel", "fid", "kid")
F1_MARGIN = 0.10  # an F1 within this of the real images' own counts as reached
NEAR = 0.05  # the nearest fraction of real held-out patches, nearer than which is "near"
REGIONS = ("gap",)  # segmented as one region, not counted as objects


@dataclass(frozen=True)
class Verdict:
    """One requirement. `passed` is None where it could not be checked; `text` then says why."""

    name: str
    passed: bool | None
    text: str


def verdicts(
    summary: pd.DataFrame, sets: pd.DataFrame, resegmentation: pd.DataFrame
) -> list[Verdict]:
    """Compare the generator with class means by perceptual and set distances, and by
    re-segmentation against the real images' own."""
    by_metric = [
        _beats_class_means(table, name, column)
        for table, names, column in ((summary, PERCEPTUAL, "mean"), (sets, SETS, "value"))
        for name in names
    ]
    names = counted_objects(resegmentation)
    return [*by_metric, *(_near_real(resegmentation, name) for name in names)]


def counted_objects(resegmentation: pd.DataFrame) -> list[str]:
    """Return the names of objects that are counted; all but regions where nothing could be."""
    table = resegmentation
    if "f1" in table and table["f1"].notna().any():
        table = table[table["f1"].notna()]
    return [name for name in dict.fromkeys(table["object"]) if name not in REGIONS]


def _beats_class_means(table: pd.DataFrame, metric: str, column: str) -> Verdict:
    name = f"{metric}_beats_class_means"
    sides = _by_series(table[table["metric"] == metric])
    if reason := _unanswered(sides, column, "generator", "class_means"):
        return Verdict(name, None, reason)
    ours, flat = sides["generator"][column], sides["class_means"][column]
    return Verdict(name, bool(ours < flat), f"generator {ours:.4g}, class means {flat:.4g}")


def _near_real(table: pd.DataFrame, object_name: str) -> Verdict:
    name = f"{object_name}_f1_within_{F1_MARGIN:.2f}_of_real"
    table = table[table["object"] == object_name]
    # Without overall rows nothing could be segmented, and any row says why.
    overall = table[table["image"] == "all"]
    sides = _by_series(table if overall.empty else overall)
    if reason := _unanswered(sides, "f1", "generator", "real"):
        return Verdict(name, None, reason)
    ours, real = sides["generator"]["f1"], sides["real"]["f1"]
    text = f"generator {ours:.3f}, real image {real:.3f}"
    return Verdict(name, bool(ours >= real - F1_MARGIN), text)


def _by_series(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["series"]: row for row in rows(table)}


def _unanswered(by_series: dict[str, dict[str, Any]], column: str, *needed: str) -> str:
    """Return why the values of a column cannot be compared, "" where they can."""
    if not set(needed) <= set(by_series):
        return "not scored"
    rows = [by_series[name] for name in needed]
    reasons = [row["status"] for row in rows if row["status"] != "ok"]
    undefined = [f"{name}: undefined" for name in needed if by_series[name].get(column) is None]
    return next(iter(reasons + undefined), "")
