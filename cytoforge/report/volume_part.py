"""Part 5d of the page: volumes that were stacked of made slices, against the real ones.

Everything is read from `results/volume_scores/<set>/`.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from cytoforge.images.volume_grid import PLANES
from cytoforge.jobs.optional_files import read_rows
from cytoforge.metrics.intervals import FEWEST
from cytoforge.metrics.score_tables import BY_NAME, read_bounds
from cytoforge.metrics.volumes.compared_volume import MADE
from cytoforge.report.numbers import MISSING, chance, number, percent, plural
from cytoforge.report.pictures import Picture, photo
from cytoforge.report.results import Results
from cytoforge.volumes.sidecar import HU

FOLDER = "volume_scores"
MAX_PICTURES, PICTURE_PX, MOST_ORGANS = 2, 1024, 10
HEADS = {
    "mae": "mean absolute difference, {unit} ↓",
    "psnr_db": "PSNR over 4024 HU, dB ↑",
    "ms_ssim": "MS-SSIM in the body ↑",
    "body_dice": "Dice of the body ↑",
    "adjacent_difference_ratio": "change from slice to slice, real = 1",
    "adjacent_ssim_ratio": "SSIM of neighbours, real = 1",
}
# What a made volume is to keep to: how much slices change beside real ones, how the outline agrees,
# and how far the mean of an organ may be off.
RATIOS = (0.8, 1.5)
LEAST_DICE = 0.95
MOST_OFF_HU = 60.0


def volume_part(results: Results) -> list[dict[str, Any]]:
    """Return a block per set whose volumes were scored: an answer, pictures and tables."""
    return [
        _block(name, folder)
        for name in (*results.config["models"], *results.config["sets"])
        if read_rows((folder := results.root / FOLDER / name) / "volumes.csv")
    ]


def _block(name: str, folder: Path) -> dict[str, Any]:
    volumes, organs, summary, reslices, samples = (
        read_rows(folder / f"{table}.csv")
        for table in ("volumes", "organs", "summary", "reslices", "samples")
    )
    largest = sorted(organs, key=lambda row: -int(row["voxels"]))[:MOST_ORGANS]
    unit = " or ".join(dict.fromkeys(row["measured_in"] for row in volumes))
    shown = [key for key in HEADS if any(row[key] for row in volumes)]  # of MR some have no sense
    return {
        "name": name,
        "unit": unit,
        "answer": _answer([row for row in volumes if row["method"] == MADE], largest),
        "heads": [HEADS[key].format(unit=unit) for key in shown],
        "rows": [_row(row, shown) for row in volumes],
        "all": _all(summary, shown),
        "chance": _of_chance(summary),
        "values": _of_values(volumes),
        "learned": _learned(volumes),
        "reslices": _reslices(reslices),
        "samples": _samples(samples, volumes),
        "organs": [_organ(row) for row in largest],
        "n_organs": len(organs),
        "pictures": [
            _picture(path) for path in sorted((folder / "planes").glob("*.png"))[:MAX_PICTURES]
        ],
    }


def _answer(made: Sequence[dict[str, str]], organs: Sequence[dict[str, str]]) -> str:
    """Say in a sentence what holds, of the worst volume."""
    ratios = [float(r["adjacent_difference_ratio"]) for r in made if r["adjacent_difference_ratio"]]
    dice = [float(row["body_dice"]) for row in made if row["body_dice"]]
    parts = []
    if ratios:
        inside = all(RATIOS[0] <= ratio <= RATIOS[1] for ratio in ratios)
        worst = max(ratios, key=lambda ratio: abs(np.log(ratio)) if ratio else np.inf)
        goes = (
            "go on from one to the next as real ones do" if inside else "do not go on as real ones"
        )
        parts.append(f"slices {goes} (they change {worst:.2f} times as much)")
    if dice:
        keeps = "follows" if min(dice) >= LEAST_DICE else "does not follow"
        parts.append(f"the body's outline {keeps} the labels (Dice {min(dice):.3f})")
    if in_hu := [row for row in organs if row["measured_in"] == HU]:
        right = sum(abs(float(row["difference"])) <= MOST_OFF_HU for row in in_hu)
        near = f"are within {MOST_OFF_HU:g} HU of the real ones"
        parts.append(f"the means of {right} of the {len(in_hu)} largest organs {near}")
    if off := _off_without_unit(made, organs):
        share = f"{percent(max(off))} of the range of grey values (median {percent(median(off))})"
        parts.append(f"the means of the {len(off)} largest organs are off by at most {share}")
    text = "; ".join(parts) or "nothing could be compared"
    return f"{text[0].upper()}{text[1:]}."


def _off_without_unit(
    made: Sequence[dict[str, str]], organs: Sequence[dict[str, str]]
) -> list[float]:
    """Return how far the organs of MR are off, as fractions of the range of its volume."""
    spreads = {row["volume"]: _spread(row) for row in made if row["measured_in"] != HU}
    return [
        abs(float(row["difference"])) / spreads[row["volume"]]
        for row in organs
        if row["volume"] in spreads
    ]


def _spread(row: dict[str, str]) -> float:
    return float(row["highest"]) - float(row["lowest"])


def _of_values(volumes: Sequence[dict[str, str]]) -> str:
    """Say what values are measured in, and between which ends."""
    ends = {row["volume"]: row for row in volumes if row["measured_in"] != HU}
    parts = []
    if len(ends) < len({row["volume"] for row in volumes}):
        parts.append(
            "Values of CT are Hounsfield units (HU); PSNR and MS-SSIM are over 4024 HU, for PSNR"
            " clipped to -1024 to 3000."
        )
    if ends:
        ranges = "; ".join(
            f"{name}: {number(float(row['lowest']))} to {number(float(row['highest']))}"
            for name, row in ends.items()
        )
        parts.append(
            "MR has no unit: values are the grey values of the files, and mean nothing beside those"
            " of another scan. Their range is from what becomes 0 to what becomes 1 in the images"
            f" ({ranges}); MS-SSIM is over it, and differences are not clipped to it."
        )
    return " ".join(parts)


def _row(row: dict[str, str], shown: Sequence[str]) -> dict[str, Any]:
    sample = f", sample {row['sample']}" if row["sample"] != "0" else ""
    return {
        "name": f"{row['volume']}{sample}",
        "method": row["method"],
        "baseline": row["method"] != MADE,
        "slices": row["slices"],
        "cells": [
            {"text": _text(row[key]), "sort": row[key], "small": _of_range(row, key)}
            for key in shown
        ],
    }


def _of_range(row: dict[str, str], key: str) -> str:
    """Return a difference of values without a unit as a part of their range; "" for all else."""
    without = key == "mae" and row["measured_in"] != HU
    return f"{percent(float(row[key]) / _spread(row))} of the range" if without else ""


def _all(summary: Sequence[dict[str, str]], shown: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row per method, of CT and MR apart, of the means over all volumes, with what chance
    does to them."""
    rows = []
    for kind in dict.fromkeys((row["method"], row["measured_in"]) for row in summary):
        of_kind = [row for row in summary if (row["method"], row["measured_in"]) == kind]
        known, method = {row["measure"]: row for row in of_kind}, kind[0]
        cells = [
            {"text": _text(one["value"]), "small": chance(read_bounds(one))}
            if (one := known.get(key))
            else {"text": MISSING, "small": ""}
            for key in shown
        ]
        rows.append({"method": method, "baseline": method != MADE, "cells": cells})
    return rows


def _of_chance(summary: Sequence[dict[str, str]]) -> str:
    """Say how far the means can be trusted: over how many patients they are."""
    if not summary:
        return ""
    units, noun = max(int(row["units"]) for row in summary), summary[0]["noun"]
    of_units = plural(units, noun)
    if units == 1:
        return f"Means are of {of_units}: what another {noun} would give, nothing here can say."
    if units < FEWEST:
        return (
            f"Means are over {of_units}, too few for an interval ({FEWEST} have one): the value of"
            " each is listed."
        )
    return f"Means are over {of_units}."


def _learned(volumes: Sequence[dict[str, str]]) -> str:
    """Say how many of the slices the model has learned from; "" for none."""
    made = [row for row in volumes if row["method"] == MADE]
    learned = sum(int(row["training_slices"]) for row in made)
    of_all = sum(int(row["slices"]) for row in made)
    if not learned:
        return ""
    return f"The model has learned from {learned} of these {of_all} slices: see them as a fit."


def _reslices(rows: Sequence[dict[str, str]]) -> dict[str, Any] | None:
    """Return the kernel distances, a row per plane and a column per series and network; None where
    no network was there."""
    known = [row for row in rows if row["n"]]
    if not known:
        return None
    columns = list(dict.fromkeys((row["metric"], row["series"]) for row in known))
    cells = {(row["plane"], row["metric"], row["series"]): row for row in known}
    table = [
        {"plane": plane, "cells": [_distance(cells[plane, *column]) for column in columns]}
        for plane in PLANES
    ]
    heads = [f"{BY_NAME[metric].label}, {series}" for metric, series in columns]
    skipped = next((row["status"] for row in known if not row["value"]), "")
    return {"heads": heads, "rows": table, "skipped": skipped}


def _distance(row: dict[str, str]) -> dict[str, str]:
    value = number(float(row["value"])) if row["value"] else "skipped"
    return {"text": value, "small": f"{row['n_real'] or 0} and {row['n']} patches"}


def _samples(
    samples: Sequence[dict[str, str]], volumes: Sequence[dict[str, str]]
) -> list[tuple[str, str, str, str]]:
    """Return, per volume of which there are several samples, how far they are from one another and
    from the real one."""
    found = []
    for row in samples:
        own = [v for v in volumes if (v["volume"], v["method"]) == (row["volume"], MADE)]
        to_real = sum(float(one["mae"]) for one in own) / len(own)
        between = float(row["difference"])
        found.append((row["volume"], row["samples"], number(between), number(to_real)))
    return found


def _organ(row: dict[str, str]) -> dict[str, Any]:
    keys = ["real_mean", "real_sd", "made_mean", "made_sd", "difference"]
    keys += ["real_sd_of_slices", "made_sd_of_slices"]
    return {
        "name": row["class"] or row["label"],
        "volume": row["volume"],
        "voxels": row["voxels"],
        "cells": [{"text": _text(row[key]), "sort": row[key]} for key in keys],
    }


def _text(cell: str) -> str:
    return number(float(cell)) if cell else MISSING


def _picture(path: Path) -> Picture:
    with PillowImage.open(path) as stored:
        rgb = np.asarray(stored.convert("RGB"))
    scale = max(1, min(2, PICTURE_PX // max(rgb.shape[:2])))
    large = np.repeat(np.repeat(rgb, scale, axis=0), scale, axis=1)
    alt = f"{path.stem}: labels, real and made volume; axial, coronal and sagittal"
    note = "from left to right: labels, real, made; from above: axial, coronal, sagittal"
    return photo(large, alt, title=path.stem, note=note, longest_px=PICTURE_PX)
