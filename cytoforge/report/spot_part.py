"""Part 5d of the page: spots in images, and how well they are found.

Everything is read from `results/spot_scores/<set>/`, as `score_spot_set` wrote it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from PIL import Image as PillowImage
from PIL import ImageDraw

from cytoforge.images.image import Image
from cytoforge.images.ome import read_image
from cytoforge.jobs.optional_files import read_json
from cytoforge.metrics.score_tables import read_bounds
from cytoforge.metrics.spot_scores import GATE_PX, TOO_EASY
from cytoforge.report.drawing import panels, publish, styled
from cytoforge.report.numbers import chance, number, plural
from cytoforge.report.pictures import Picture, photo
from cytoforge.report.plots import Curve, curves
from cytoforge.report.results import Results
from cytoforge.segmentation.centroid_matching import match_points
from cytoforge.spots.spot_file import read_spots

FOLDER = "spot_scores"
FIELD_PX, CROP_PX, ENLARGED = 256, 64, 6
# Grey values of a picture: the 0.5 % darkest are black, the 0.1 % brightest white.
DARKEST, BRIGHTEST = 0.5, 99.9
TRUE, FOUND, MISSED = (0, 210, 120), (255, 190, 40), (255, 80, 80)
LABELS = {
    "f1": "F1 ↑",
    "precision": "precision ↑",
    "recall": "recall ↑",
    "average_precision": "average precision ↑",
    "rmse_px": "localisation RMSE (px) ↓",
    "count_bias": "count bias (0 is best)",
}


def spot_part(results: Results) -> list[dict[str, Any]]:
    """Return a block per set whose spots were looked for: what was found, pictures and tables."""
    names = (*results.config["models"], *results.config["sets"])
    folder = results.root / FOLDER
    return [_block(results, name) for name in names if (folder / name / "spots.json").is_file()]


def _block(results: Results, name: str) -> dict[str, Any]:
    folder = results.root / FOLDER / name
    told = read_json(folder / "spots.json") or {}
    tables = {key: _table(folder / f"{key}.csv") for key in ("scores", "gates", "classes", "found")}
    detectors = list(dict.fromkeys(tables["scores"]["detector"]))
    return {
        "name": name,
        "told": told,
        "answer": answer(tables["scores"], told),
        "too_easy": told["too_easy"],
        "pictures": _pictures(told, tables["found"]),
        "scores": [_score_row(tables["scores"], one) for one in detectors],
        "heads": list(LABELS.values()),
        "gates": _gates(tables["gates"], detectors),
        "classes": [_class_row(row) for row in tables["classes"].to_dict("records")],
        "figure": _figure(results, name, tables, detectors),
    }


def _table(path: Path) -> pd.DataFrame:
    # Names such as "NA" are names.
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def answer(scores: pd.DataFrame, told: dict[str, Any]) -> str:
    """Return what the tables say, in one or two sentences."""
    best = scores[scores["score"] == "f1"].sort_values("value", ascending=False, kind="stable")
    first, baseline = best.iloc[0], told["baseline"]
    text = (
        f"{first['detector']} finds {told['n_spots']:,} spots in"
        f" {plural(told['n_images'], 'image')} with F1 {number(first['value'])} at"
        f" {told['gate_px']:g} px"
    )
    if first["detector"] != baseline:
        own = float(best.loc[best["detector"] == baseline, "value"].iloc[0])
        text += f"; the baseline, {baseline}, with {number(own)}"
    if told["too_easy"]:
        return (
            f"{text}. Too easy: the baseline is above {TOO_EASY:g} in every image and every class"
            " of photons, so that this set ranks no detectors. Fewer `photons`, more `background`,"
            " or more spots make it harder."
        )
    return f"{text}. The set is not too easy: a better detector would be seen."


def _score_row(scores: pd.DataFrame, detector: str) -> dict[str, Any]:
    rows = scores[scores["detector"] == detector].set_index("score")
    cells = [_cell(rows.loc[score].to_dict()) for score in LABELS if score in rows.index]
    return {"name": detector, "cells": cells}


def _cell(row: Mapping[Any, Any]) -> dict[str, str]:
    value = row["value"]
    if pd.isna(value):
        return {"text": number(None), "sort": "", "interval": ""}
    return {"text": number(value), "sort": repr(float(value)), "interval": chance(read_bounds(row))}


def _gates(gates: pd.DataFrame, detectors: list[str]) -> dict[str, Any]:
    """Return F1 over the gates: a row per detector, all images together."""
    pooled = gates[gates["unit"].astype(str) == "all"]
    heads = sorted(set(pooled["gate"]))
    rows = []
    for name in detectors:
        values = pooled[pooled["detector"] == name].set_index("gate")["f1"]
        cells = [(number(values[gate]), repr(float(values[gate]))) for gate in heads]
        rows.append({"name": name, "cells": cells})
    return {"heads": [f"{gate:g} px" for gate in heads], "rows": rows}


def _class_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    known = not pd.isna(row["recall"])
    return {
        "detector": row["detector"],
        "photons": f"{number(row['photons_low'])} to {number(row['photons_high'])}",
        "sort": repr(float(row["photons_low"])),
        "n_true": row["n_true"],
        "recall": number(row["recall"]) if known else number(None),
        "exact": repr(float(row["recall"])) if known else "",
        "interval": chance(read_bounds(row)),
        "rmse": number(None if pd.isna(row["rmse_px"]) else row["rmse_px"]),
    }


@styled
def _figure(
    results: Results, name: str, tables: dict[str, pd.DataFrame], detectors: list[str]
) -> Markup:
    """Draw F1 over the gate, and recall over the photons of a spot."""
    figure, (left, right) = panels(2, 2, 2.2)
    pooled = tables["gates"][tables["gates"]["unit"].astype(str) == "all"]
    over_gates, over_photons = [], []
    for k, one in enumerate(detectors):
        rows = pooled[pooled["detector"] == one].sort_values("gate")
        over_gates.append(Curve(one, rows["gate"].tolist(), rows["f1"].tolist(), k))
        rows = tables["classes"][tables["classes"]["detector"] == one].dropna(subset=["recall"])
        middles = np.sqrt(rows["photons_low"] * rows["photons_high"])
        over_photons.append(Curve(one, middles.tolist(), rows["recall"].tolist(), k))
    curves(left, over_gates, dots=True)
    curves(right, over_photons, dots=True)
    left.set(xlabel="gate (px)", ylabel="F1", ylim=(0, 1.03))
    right.set(xlabel="photons of a spot", ylabel=f"recall at {GATE_PX:g} px", ylim=(0, 1.03))
    label = f"F1 over the gate and recall over photons of {name}"
    return publish(figure, results.figures, f"spots_{name}", label)


def _pictures(told: dict[str, Any], found: pd.DataFrame) -> list[Picture]:
    """Return a part of an image at 1:1, a smaller part enlarged, and it again with positions."""
    shown, channel = told["shown"], told["channel"]
    image = read_image(Path(shown["image"]))
    image = image.only(channel if channel in image.channels else image.channels[-1])
    grey = grey_picture(image)
    truth = read_spots(shown["spots"]).points
    rows = found[(found["image"].astype(str) == shown["name"]) & (found["matched"] >= 0)]
    rows = rows[rows["detector"] == told["baseline"]]
    box = busiest(truth, image.shape, min(CROP_PX, *image.shape))
    field = busiest(truth, image.shape, min(FIELD_PX, *image.shape))
    enlarged = np.repeat(np.repeat(grey[box], ENLARGED, 0), ENLARGED, 1)
    marked = mark_positions(enlarged, truth, rows, (box[0].start, box[1].start))
    side = box[0].stop - box[0].start
    note = f"{side} px, each pixel {ENLARGED} × {ENLARGED}"
    return [
        photo(_rgb(grey[field]), f"Spots in {shown['name']}, 1:1", title="1:1"),
        photo(_rgb(enlarged), f"Spots in {shown['name']}, enlarged", title="enlarged", note=note),
        photo(
            *(marked, f"True and found spots in {shown['name']}"),
            title="true and found",
            note="green: true and found; red: missed; orange: where nothing is; + found at",
        ),
    ]


def grey_picture(image: Image) -> np.ndarray:
    """Return the first channel as uint8 (Y, X), from its darkest to its brightest grey values."""
    pixels = image.pixels[0].astype(np.float64)
    low, high = np.percentile(pixels, [DARKEST, BRIGHTEST])
    return np.rint(np.clip((pixels - low) / max(high - low, 1e-9), 0, 1) * 255).astype(np.uint8)


def busiest(points: np.ndarray, shape: tuple[int, int], side: int) -> tuple[slice, slice]:
    """Return the square, of those around a spot, with the most spots in it.

    >>> busiest(np.array([[5.0, 5.0], [30.0, 30.0], [31.0, 29.0]]), (40, 40), 10)
    (slice(25, 35, None), slice(25, 35, None))
    """
    if not len(points):
        return slice(0, side), slice(0, side)
    most = np.array(shape) - side
    corners = np.clip(np.rint(points).astype(int) - side // 2, 0, most)
    inside = (points[None] >= corners[:, None]) & (points[None] < corners[:, None] + side)
    row, col = (int(value) for value in corners[int(inside.all(-1).sum(1).argmax())])
    return slice(row, row + side), slice(col, col + side)


def mark_positions(
    enlarged: np.ndarray, truth: np.ndarray, found: pd.DataFrame, corner: tuple[int, int]
) -> np.ndarray:
    """Return an enlarged part of an image with circles at true and crosses at found positions.

    Parameters
    ----------
    enlarged : uint8 (Y, X), every pixel ENLARGED pixels wide
    found : columns x, y and matched
    corner : row and column of the part in its image
    """
    picture = PillowImage.fromarray(_rgb(enlarged))
    draw = ImageDraw.Draw(picture)
    points = found[["y", "x"]].to_numpy(np.float64).reshape(-1, 2)
    matched = found["matched"].to_numpy(bool)
    near = _within_gate(truth, points[matched])
    for point, seen in zip(_on_picture(truth, corner), near, strict=True):
        _circle(draw, point, GATE_PX * ENLARGED / 2, TRUE if seen else MISSED)
    for point, right in zip(_on_picture(points, corner), matched, strict=True):
        _cross(draw, point, ENLARGED, TRUE if right else FOUND)
    return np.asarray(picture)


def _within_gate(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    seen = np.zeros(len(truth), bool)
    seen[match_points(truth, found, GATE_PX).pairs[:, 0]] = True
    return seen


def _on_picture(points: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
    """Return x and y on the enlarged picture, whose pixels' middles lie half a pixel in."""
    return np.asarray((points - corner + 0.5)[:, ::-1] * ENLARGED)


def _circle(
    draw: ImageDraw.ImageDraw, at: np.ndarray, radius: float, colour: tuple[int, int, int]
) -> None:
    x, y = at.tolist()
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour)


def _cross(
    draw: ImageDraw.ImageDraw, at: np.ndarray, reach: float, colour: tuple[int, int, int]
) -> None:
    x, y = at.tolist()
    draw.line((x - reach / 2, y, x + reach / 2, y), fill=colour)
    draw.line((x, y - reach / 2, x, y + reach / 2), fill=colour)


def _rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, -1)
