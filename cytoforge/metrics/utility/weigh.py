"""The tables of utility: a row per way of training, its images, the curve, and the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.config.utility import REAL_ROW
from cytoforge.jobs.atomic import write_json, write_text
from cytoforge.metrics.intervals import CELLS, bounds, unit_noun
from cytoforge.metrics.utility.answers import against, answers, headline, value_of
from cytoforge.metrics.utility.row_counts import (
    AHEAD,
    AP,
    F1,
    RowCounts,
    ap_of,
    by_name,
    f1_of,
    read_row,
    true_objects,
)
from cytoforge.metrics.utility.row_tiles import REAL
from cytoforge.metrics.utility.tile_statistics import most_different, statistics_table
from cytoforge.tiles.tile_set import TileSet

FILES = ("scores.csv", "images.csv", "curve.csv", "tiles.csv", "utility.json")
"""The names of all files that are written."""
AGAINST = ("ahead", "ahead_low", "ahead_high", "ahead_interval", "ahead_unit_values")


def weigh(
    tables: Sequence[Path],
    kinds: Mapping[str, TileSet],
    settings: Mapping[str, Any],
    confidence: float,
    output: Path,
) -> None:
    """Write `FILES` into a folder.

    Parameters
    ----------
    tables : one per row, as `train_row` wrote them, in the order of the page
    kinds : the training tiles of each kind, `real` among them
    settings : what the page says of all rows: truth, objects, network
    """
    rows = [read_row(path) for path in tables]
    first = rows[0]
    noun = unit_noun(np.array(first.units), np.array(first.images))
    scores = score_table(rows, confidence, noun)
    images = pd.DataFrame([line for row in rows for line in _images(row)])
    tiles = statistics_table(kinds)
    for name, table in zip(FILES, (scores, images, curve_table(scores), tiles), strict=False):
        text = table.to_csv(index=False, lineterminator="\n", float_format="%.8g")
        write_text(output / name, text)
    verdicts = answers(by_name(rows), confidence, noun)
    for verdict in verdicts:
        print(f"{verdict.name}: {verdict.text}", flush=True)
    told = {
        "answer": headline(by_name(rows)),
        "differs": {kind: most_different(tiles, kind) for kind in kinds if kind != REAL},
        "settings": {**settings, **_facts(rows), "noun": noun},
        "verdicts": [asdict(verdict) for verdict in verdicts],
        "costs": {row.row.name: row.trainings for row in rows},
    }
    write_json(output / FILES[-1], told)


def score_table(rows: Sequence[RowCounts], confidence: float, noun: str) -> pd.DataFrame:
    """Return a line per row of training.

    Columns: row, words, real (fraction), other, ratio, tiles of each kind and area of the real ones
    (means over seeds), counts of all seeds together at IoU 0.5, f1 with what chance over images
    does to it, the least and the greatest F1 of a seed, ap, and how far F1 is ahead of training on
    all real images, paired by image.
    """
    real = by_name(rows)[REAL_ROW.name]
    return pd.DataFrame([_scored(row, real, confidence, noun) for row in rows])


def _scored(row: RowCounts, real: RowCounts, confidence: float, noun: str) -> dict[str, Any]:
    sums, seeds = row.sums, row.by_seed
    tp, fp, fn = sums.sum(0)[:3].astype(int).tolist()
    ap = bounds(sums, AP, confidence, noun)
    line: dict[str, Any] = {
        **{"row": row.row.name, "words": row.row.words},
        **{"real": row.row.real, "other": row.row.other, "ratio": row.row.ratio},
        **{f"{kind}_tiles": _mean(row, kind) for kind in ("real", "synthetic", "rerendered")},
        "real_px": _mean(row, "real_px"),
        **{"seeds": len(seeds), "images": len(row.images), "units": len(sums)},
        **{"tp": tp, "fp": fp, "fn": fn},
        "f1": value_of(row),
        **bounds(sums, F1, confidence, noun).cells(),
        **{"f1_least_seed": float(seeds.min()), "f1_greatest_seed": float(seeds.max())},
        **{"ap": float(ap_of(sums.sum(0))), "ap_low": ap.low, "ap_high": ap.high},
    }
    if row is real:
        return line | dict.fromkeys(AGAINST)
    ahead, chance = against(row, real, AHEAD, confidence, noun)
    return line | dict(zip(AGAINST, (ahead, *chance.cells().values()), strict=True))


def _mean(row: RowCounts, key: str) -> float:
    return float(np.mean([training.get(key, 0) for training in row.trainings]))


def _images(row: RowCounts) -> list[dict[str, Any]]:
    """Return a line per image and seed."""
    flat = row.counts.reshape(*row.counts.shape[:2], -1)  # (seeds, images, 3 · IoUs)
    return [
        {
            **{"row": row.row.name, "seed": training["seed"], "image": image, "unit": unit},
            "true_objects": int(true_objects(flat[s, k])),
            **dict(zip(("tp", "fp", "fn"), flat[s, k, :3].astype(int).tolist(), strict=True)),
            **{"f1": float(f1_of(flat[s, k])), "ap": float(ap_of(flat[s, k]))},
        }
        for s, training in enumerate(row.trainings)
        for k, (image, unit) in enumerate(zip(row.images, row.units, strict=True))
    ]


def curve_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the points of the curve: F1 over the fraction of the real data, a series without and
    one with synthetic images, of which no real data at all is the first point.

    Series with synthetic images go by the ratio in which they are shown; the first is that of the
    fractions.
    """
    alone = scores[(scores["other"] == "") & (scores["real"] > 0)].assign(series="real alone")
    mixed = scores[(scores["other"] == "synthetic") & (scores["real"] > 0)]
    mixed = mixed.assign(series=[f"real + synthetic 1:{ratio:g}" for ratio in mixed["ratio"]])
    nothing = scores[scores["row"] == "synthetic"]
    if len(mixed) and len(nothing):
        nothing = nothing.assign(series=mixed["series"].iloc[0])
        mixed = pd.concat([nothing, mixed])
    columns = ["series", "real", "f1", *CELLS, "f1_least_seed", "f1_greatest_seed", "row"]
    series = pd.concat([alone, mixed]).groupby("series", sort=False)
    return pd.concat([part.sort_values("real") for _, part in series])[columns]


def _facts(rows: Sequence[RowCounts]) -> dict[str, Any]:
    """Return what is the same in every row, and what all trainings cost."""
    trainings = [training for row in rows for training in row.trainings]
    one = trainings[0]
    return {
        **{key: one[key] for key in ("steps", "parameters", "device")},
        "trainings": len(trainings),
        "seeds": len(rows[0].trainings),
        "images": list(rows[0].images),
        "true_objects": int(true_objects(rows[0].sums.sum(0))) // len(rows[0].trainings),
        "cpu_seconds": round(sum(training["cpu_seconds"] for training in trainings), 1),
    }
