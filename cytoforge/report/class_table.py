"""The table of scores by class, in the part on segmenters: PQ and F1 as PanNuke and HoVer-Net are
reported."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from cytoforge.jobs.optional_files import read_rows, real
from cytoforge.metrics.score_tables import read_bounds
from cytoforge.report.numbers import chance, number

Row = dict[str, str]
# What a row of the page is called, and the metrics that stand in its two columns.
TOGETHER = (("all, whatever the class", "bpq", "f1_detected"), ("mean of classes", "mpq", ""))


def class_tables(path: Path) -> list[dict[str, Any]]:
    """Return a table per object of a benchmark's classes.csv; none where nobody tells classes."""
    rows = read_rows(path)
    return [
        {
            "object": name,
            "rows": [line for _, own in groupby(of_object, _segmenter) for line in _lines(own)],
        }
        for name, of_object in groupby(rows, lambda row: row["object"])
    ]


def _segmenter(row: Row) -> str:
    return row["segmenter"]


def _lines(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the lines of one segmenter: all objects, the mean of classes, each class."""
    own = list(rows)
    known = {(row["metric"], row["class"]): row for row in own}
    classes = [row["class"] for row in own if row["metric"] == "f1_class"]
    wanted = [(said, (pq, ""), (f1, "")) for said, pq, f1 in TOGETHER]
    wanted += [(name, ("pq", name), ("f1_class", name)) for name in classes]
    return [
        {
            "segmenter": own[0]["segmenter"],
            "class": said,
            "pq": _cell(known.get(pq)),
            "f1": _cell(known.get(f1)),
            "n": known[pq]["n"],
        }
        for said, pq, f1 in wanted
    ]


def _cell(row: Row | None) -> dict[str, str]:
    """Return a score and what chance does to it; both empty where there is none."""
    value = real(row["value"]) if row else None
    if row is None or value is None:
        return {"value": "", "chance": ""}
    return {"value": number(value, 2), "chance": chance(read_bounds(row))}
