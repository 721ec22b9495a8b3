"""Part 5d of the page: segmenters against each other on a set whose true objects are known.

Everything is read from `results/segmenter_benchmarks/<name>/`, as `run_benchmark` wrote it; times
are those that Snakemake keeps of every job.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes

from cytoforge.jobs.optional_files import read_json, read_rows, real
from cytoforge.metrics.intervals import FEWEST
from cytoforge.metrics.score_tables import read_bounds
from cytoforge.metrics.segmenter_benchmark.benchmark_metrics import FINDS_NONE, OBJECTS, PIXELS
from cytoforge.report.class_table import class_tables
from cytoforge.report.drawing import colour_of, legend, panels, publish, styled
from cytoforge.report.numbers import MISSING, chance, duration, number, plural
from cytoforge.report.pictures import Picture, photo
from cytoforge.report.ranking_part import ARROWS, rank_cell
from cytoforge.report.results import Results, read_rgb

FOLDER = "segmenter_benchmarks"
HEADINGS = {OBJECTS: "objects", PIXELS: "pixels of any object"}
CURVES = {"f1": "F1", "ap": "AP"}
PICTURE_PX = 256
Row = dict[str, str]


def benchmark_part(results: Results) -> list[dict[str, Any]]:
    """Return a block per benchmark of the config that has been run, its answer first."""
    blocks = []
    for name in results.config.get("benchmarks", {}):
        folder = results.root / FOLDER / name
        if told := read_json(folder / "benchmark.json"):
            blocks.append(_block(results, name, folder, told))
    return blocks


def _block(results: Results, name: str, folder: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    ranks = read_rows(folder / "ranking.csv")
    pairs = read_rows(folder / "differences.csv")
    return {
        "name": name,
        **told,
        "answers": [
            answer(one, [row for row in ranks if row["object"] == one], told)
            for one in told["objects"]
        ],
        "tables": [
            ranks_of_objects(ranks, one, kind) for one in told["objects"] for kind in HEADINGS
        ],
        "classes": class_tables(folder / "classes.csv"),
        "figure": _figure(results, name, read_rows(folder / "scores.csv"), told),
        "times": _times(results, told, read_rows(folder / "images.csv")),
        "failures": [
            (one, [_picture(folder, p) for p in told["pictures"] if p["object"] == one])
            for one in told["objects"]
        ],
        "ranked": any(row["rank"] for row in ranks),
        "fewest": FEWEST,
        "pairs": [_pair(row) for row in pairs if row["metric"] == ranks[0]["metric"]],
    }


def answer(name: str, ranks: Sequence[Row], told: Mapping[str, Any]) -> dict[str, str]:
    """Return who finds objects of a name best by the first score, in a sentence.

    ranks : rows of ranking.csv of these objects
    """
    first = [row for row in ranks if row["metric"] == ranks[0]["metric"]]
    known = [row for row in first if real(row["value"]) is not None]
    if not known:
        return _said("open", f"No segmenter could be compared for {name}.")
    label = known[0]["label"]
    best, *others = sorted(known, key=lambda row: -float(row["value"]))
    score = f"{label} {number(real(best['value']), 2)}"
    interval = chance(read_bounds(best))
    if not others:
        return _said("open", f"{best['segmenter']} finds {name} with {score} ({interval}).")
    if not best["rank"]:
        listed = "; ".join(_with_score(row) for row in others)
        few = (
            f"{plural(int(told['n_units']), str(told['noun']))}, of which {FEWEST} would be needed"
        )
        return _said(
            "open",
            f"{best['segmenter']} has the highest {score} for {name} (then {listed}), and"
            f" {few} to say whether that is chance.",
        )
    alike = best["not_different_from"].split()
    worse = [_with_score(row) for row in others if row["segmenter"] not in alike]
    near = [_with_score(row) for row in others if row["segmenter"] in alike]
    parts = [f"{best['segmenter']} is best for {name} ({score}; {interval})"]
    parts += [f"not significantly different from {', '.join(near)}"] if near else []
    parts += [f"significantly better than {', '.join(worse)}"] if worse else []
    return _said("open" if near else "yes", ", ".join(parts) + ".")


def _said(state: str, text: str) -> dict[str, str]:
    return {"state": state, "text": text}


def _with_score(row: Row) -> str:
    return f"{row['segmenter']} ({number(real(row['value']), 2)})"


def ranks_of_objects(ranks: Sequence[Row], name: str, family: str) -> dict[str, Any]:
    """Return what the macro `rank_table` shows: one row per segmenter that finds such objects, one
    column per score."""
    rows = [
        row
        for row in ranks
        if (row["object"], row["family"]) == (name, family) and row["status"] != FINDS_NONE
    ]
    metrics = [list(group) for _, group in groupby(rows, key=lambda row: row["metric"])]
    return {
        "object": name,
        "heading": HEADINGS[family],
        "ranked": False,  # no mean rank: scores of one family are no independent witnesses
        "columns": [
            {
                "label": group[0]["label"],
                "arrow": ARROWS[group[0]["better"]],
                "unit": group[0]["unit"],
                "description": group[0]["description"],
            }
            for group in metrics
        ],
        "rows": [
            {
                "name": segmenter,
                "cells": [
                    rank_cell(row) for group in metrics for row in group
                    if row["segmenter"] == segmenter
                ],
            }
            for segmenter in dict.fromkeys(row["segmenter"] for row in rows)
        ],
    }  # fmt: skip


@styled
def _figure(
    results: Results, name: str, scores: Sequence[Row], told: Mapping[str, Any]
) -> Markup | None:
    """Return F1 and AP over the IoU from which an object counts as found, for each object."""
    rows = [row for row in scores if row["iou"] and real(row["value"]) is not None]
    if not rows:
        return None
    segmenters = [one for one in told["segmenters"] if any(r["segmenter"] == one for r in rows)]
    figure, axes = panels(len(CURVES) * len(told["objects"]), len(CURVES), 1.9)
    places = [(one, metric) for one in told["objects"] for metric in CURVES]
    for panel, (one, metric) in zip(axes, places, strict=True):
        own = [row for row in rows if (row["object"], row["metric"]) == (one, metric)]
        _curves(panel, own, segmenters)
        panel.set_title(f"{CURVES[metric]}, {one}")
    styles = [(one, {"color": colour_of(k)}) for k, one in enumerate(segmenters)]
    legend(figure, styles)
    label = f"F1 and AP of segmenters over IoU, {name}"
    return publish(figure, results.figures, f"segmenters_{name}", label)


def _curves(panel: Axes, rows: Sequence[Row], segmenters: Sequence[str]) -> None:
    for k, segmenter in enumerate(segmenters):
        own = [row for row in rows if row["segmenter"] == segmenter]
        x, y = ([float(row[key]) for row in own] for key in ("iou", "value"))
        panel.plot(x, y, color=colour_of(k), marker="o", markersize=2.5)
    panel.set_xlabel("IoU")
    panel.set_ylim(0, 1.02)


def _times(
    results: Results, told: Mapping[str, Any], images: Sequence[Row]
) -> list[dict[str, str]]:
    """Return the seconds per field of each segmenter that this run has started."""
    names = list(dict.fromkeys(row["image"].split(" at ")[0] for row in images))
    found = []
    for segmenter in told["segmenters"]:
        seconds = _seconds(results, segmenter, str(told["set"]), names)
        if seconds is not None:
            found.append(
                {"name": segmenter, "time": duration(seconds), "sort": repr(round(seconds, 4))}
            )
    return found


def _seconds(
    results: Results, segmenter: str, set_name: str, images: Sequence[str]
) -> float | None:
    """Return the mean time of a job per image, or that of a set's only job by its images."""
    folder = results.benchmarks
    if set_name == "real":
        files = [folder / "segment" / segmenter / f"{image}.tsv" for image in images]
        count = 1
    else:
        files = [folder / "segment_set" / segmenter / f"{set_name}.tsv"]
        count = max(len(read_rows(results.set_folder(set_name) / "manifest.csv")), 1)
    times = [real(row.get("s")) for file in files for row in read_rows(file, "\t")]
    known = [seconds for seconds in times if seconds is not None]
    return sum(known) / len(known) / count if known else None


def _picture(folder: Path, told: Mapping[str, Any]) -> Picture:
    row, col = told["place"]
    title = f"{told['segmenter']}: {told['image']}"
    note = (
        f"F1 {number(told['f1'], 2)} in the field; here, from row {row}, column {col}:"
        f" {told['missed']} missed, {told['invented']} invented"
    )
    pixels = read_rgb(folder / "pictures" / told["file"])
    assert pixels is not None, "a benchmark that has been run has its pictures"
    alt = f"True and found {told['object']} of {told['segmenter']} in {told['image']}"
    return photo(pixels, alt, title=title, note=note, longest_px=PICTURE_PX)


def _pair(row: Row) -> dict[str, str]:
    low, high = real(row["low"]), real(row["high"])
    return {
        "object": row["object"],
        "better": row["better"],
        "worse": row["worse"],
        "difference": number(real(row["difference"])),
        "interval": MISSING if low is None else f"{number(low)} to {number(high)}",
        "significant": row["significant"] or "cannot be said",
        "method": row["method"],
    }
