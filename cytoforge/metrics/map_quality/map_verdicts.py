"""What the table of map quality says in plain words: a sentence per question."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.metrics.intervals import t_reach
from cytoforge.metrics.map_quality.map_distances import FLOOR, MADE, UNIFORM
from cytoforge.metrics.verdicts import Verdict

NEARER, ALIKE, FARTHER = "nearer", "alike", "farther"
NOT_COMPARED = ""
MOST_NAMED = 6


@dataclass(frozen=True)
class Distance:
    """A cell of the table: value, its SD by chance (NaN: too few maps), number of maps."""

    value: float
    sd: float
    n_maps: int


def against_uniform(table: pd.DataFrame, confidence: float) -> dict[str, str]:
    """Return by measure whether the drawn maps are nearer to real ones than uniform placement.

    `alike` is a difference that chance makes (a t interval of it holds 0), and drawn maps that are
    no farther from real ones than other real maps are, so that nothing is left to gain. With fewer
    than six maps chance is not known, and the distances themselves decide. Where drawn maps have
    nothing to measure they are farther.
    """
    found = {}
    for measure, rows in table.groupby("measure", sort=False):
        sides = {str(row["series"]): _cell(row) for row in rows.to_dict("records")}
        answer = _answer(sides, confidence)
        if answer != NOT_COMPARED:
            found[str(measure)] = answer
    return found


def _answer(sides: dict[str, Distance], confidence: float) -> str:
    made, uniform, floor = (sides.get(name) for name in (MADE, UNIFORM, FLOOR))
    if made is None or uniform is None or not np.isfinite(uniform.value):
        return NOT_COMPARED
    if not np.isfinite(made.value):  # maps without any object, or without any whole one
        return FARTHER
    difference = made.value - uniform.value
    # Too few maps give an SD of NaN: then nothing is within the reach of chance.
    freedom = min(made.n_maps, uniform.n_maps) - 1
    reach = t_reach(max(freedom, 1), float(np.hypot(made.sd, uniform.sd)), confidence)
    if difference == 0 or abs(difference) <= reach:
        return ALIKE
    if difference < 0:
        return NEARER
    return ALIKE if floor is not None and made.value <= floor.value else FARTHER


def map_verdicts(table: pd.DataFrame, confidence: float) -> list[Verdict]:
    """Return the verdict against uniform placement, and that against other real maps."""
    return [_beside_uniform(table, against_uniform(table, confidence)), _beside_real(table)]


def _beside_uniform(table: pd.DataFrame, answers: dict[str, str]) -> Verdict:
    name = "layout"
    if not answers:
        return Verdict(name, None, "There is no uniform placement to compare with.")
    count, labels = Counter(answers.values()), _labels(table)
    text = (
        f"In {count[NEARER]} of {len(answers)} measures nearer to real maps than uniform placement"
        f" of real objects, in {count[ALIKE]} no farther than chance or than real maps are from one"
        f" another, in {count[FARTHER]} farther"
    )
    worse = [labels[measure] for measure, answer in answers.items() if answer == FARTHER]
    return Verdict(name, not worse, text + (f": {named(worse)}." if worse else "."))


def _beside_real(table: pd.DataFrame) -> Verdict:
    name = "as real"
    values = table.pivot_table(
        index="measure", columns="series", values="value", sort=False, dropna=False
    )
    if not {MADE, FLOOR} <= set(values.columns):
        return Verdict(name, None, "There are no other real maps to compare with.")
    known = values[[MADE, FLOOR]].dropna()
    near = int((known[MADE] <= known[FLOOR]).sum())
    text = (
        f"In {near} of {len(known)} measures as near to held-out real maps as training maps are; of"
        " a source as good as real maps half are expected."
    )
    return Verdict(name, 2 * near >= len(known), text)


def named(labels: list[str]) -> str:
    """Return the first labels of a list in one line, and how many more there are.

    >>> named(["area of cells", "count of cells"])
    'area of cells, count of cells'
    """
    more = len(labels) - MOST_NAMED
    return ", ".join(labels[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _labels(table: pd.DataFrame) -> dict[str, str]:
    return dict(zip(table["measure"].astype(str), table["label"].astype(str), strict=True))


def _cell(row: Mapping[Any, Any]) -> Distance:
    return Distance(float(row["value"]), float(row["chance_sd"]), int(row["n_maps"]))
