"""Sources of label maps side by side: a row per set and baseline, and which is nearer to real."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cytoforge.report.numbers import number

MADE = "made"


@dataclass(frozen=True)
class JudgedSet:
    """A set whose maps were judged.

    table : of distances; series : names in words; answers : beside uniform placement, by measure
    """

    name: str
    source: str
    table: pd.DataFrame
    series: Mapping[str, str]
    answers: Mapping[str, str]

    def distances(self, series: str) -> pd.DataFrame:
        """Return what a series' distances are, by measure: family, value, value_sd."""
        own = self.table[self.table["series"] == series].set_index("measure")
        return own.loc[own["value"].notna(), ["family", "value", "value_sd"]]


def sources_table(judged: Sequence[JudgedSet]) -> dict[str, Any]:
    """Return a row per set, then one per baseline of the first set.

    Columns: the median distance in SDs of real values of every family and of all measures, and of
    sets how many measures are nearer to real than uniform placement, alike, and farther.
    """
    if not judged:
        return {"heads": [], "rows": []}
    first = judged[0]
    families = list(dict.fromkeys(first.table["family"]))
    rows = [_row(f"{one.name} ({one.source})", one, MADE, families) for one in judged]
    rows += [
        {**_row(words, first, key, families), "baseline": True}
        for key, words in first.series.items()
        if key != MADE
    ]
    return {"heads": [*families, "all measures"], "rows": rows}


def _row(name: str, one: JudgedSet, series: str, families: Sequence[str]) -> dict[str, Any]:
    known = one.distances(series)
    parts = [known[known["family"] == family] for family in families]
    medians = [float(part["value_sd"].median()) for part in (*parts, known)]
    count = Counter(one.answers.values()) if series == MADE else None
    return {
        "name": name,
        "cells": [{"text": number(m), "sort": "" if pd.isna(m) else repr(m)} for m in medians],
        "counts": [] if count is None else [count[k] for k in ("nearer", "alike", "farther")],
        "baseline": False,
    }


def nearer_sentences(judged: Sequence[JudgedSet]) -> list[str]:
    """Return a sentence per pair of sets: in how many measures the first is nearer to real maps.

    The one that is nearer in more measures stands first.
    """
    return [_sentence(one, other) for k, one in enumerate(judged) for other in judged[k + 1 :]]


def _sentence(one: JudgedSet, other: JudgedSet) -> str:
    values = [side.distances(MADE)["value"] for side in (one, other)]
    both = pd.concat(values, axis=1, join="inner", keys=["one", "other"])
    nearer = int((both["one"] < both["other"]).sum())
    farther = int((both["one"] > both["other"]).sum())
    first, second = one, other
    if farther > nearer:
        first, second, nearer, farther = other, one, farther, nearer
    return (
        f"{first.name} ({first.source}) is nearer to real maps than {second.name}"
        f" ({second.source}) in {nearer} of {len(both)} measures, farther in {farther}."
    )
