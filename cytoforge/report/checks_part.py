"""Part 7e of the page: label fidelity, copies of training tiles, samples of one label map."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.images.picture import colour_composite
from cytoforge.metrics.memorisation import PLANTED, near_training
from cytoforge.metrics.metric import GENERATOR
from cytoforge.metrics.score_tables import Scores, read_bounds
from cytoforge.report.drawing import colour_of, legend, panels, publish, styled
from cytoforge.report.numbers import MISSING, chance, interval, number, percent
from cytoforge.report.pictures import Picture, photo
from cytoforge.report.plots import boxes
from cytoforge.report.results import Results
from cytoforge.report.table_part import CHANCE, RESEGMENTED_ORDER, Table, series_table, with_chance

NEAREST_SHOWN = 2
SIDES = {GENERATOR: "synthetic", "real": "real, held out", PLANTED: "planted copies"}
NETS = {"lpips_alex": "AlexNet", "lpips_vgg": "VGG16"}
COPY_VERDICT = "copies_no_training_tiles"


def checks_part(results: Results, scores: Sequence[Scores]) -> dict[str, Any]:
    """Return tables of all three, a chart of distances and the nearest pairs as pictures."""
    searched = [one for one in scores if _ratios(one)]
    return {
        "label_fidelity": [
            (one.model_name, _label_fidelity(one)) for one in scores if len(one.label_fidelity)
        ],
        "copies": [_copies_row(one) for one in scores if len(one.memorisation)],
        "copies_figure": _ratio_figure(results, searched) if searched else None,
        "nearest": [(one.model_name, _nearest(results, one)) for one in searched],
        "diversity": [row for one in scores for row in _diversity_rows(one)],
    }


def _label_fidelity(scores: Scores) -> Table:
    columns = {
        "name": "level",
        "series": "segmented image",
        "f1": "F1 of its pixels",
        "chance": CHANCE,
        "pixels": "pixels in the label map",
        "found": "pixels found",
        "status": "",
    }
    table = scores.label_fidelity
    table = table[table["image"] == "all"]
    if (table["status"] == "ok").all():
        table = table.drop(columns="status")
    table = table.assign(name=table["name"].str.replace("_", " "))
    return series_table(with_chance(table), ("code",), columns, RESEGMENTED_ORDER)


def _ratios(scores: Scores) -> dict[str, np.ndarray]:
    """Return the ratios of distances by side, {} where none could be measured."""
    table = scores.memorisation
    if "ratio" not in table or (table["status"] != "ok").any():
        return {}
    return {side: table.loc[table["series"] == side, "ratio"].to_numpy(float) for side in SIDES}


def _copies_row(scores: Scores) -> dict[str, Any]:
    verdict, ratios = scores.verdict(COPY_VERDICT), _ratios(scores)
    row: dict[str, Any] = {
        "name": scores.model_name,
        "passed": verdict.get("passed"),
        "text": verdict.get("text") or str(scores.memorisation["status"].iloc[0]),
        "sides": [],
    }
    if not ratios:
        return row
    near = near_training(scores.memorisation)
    sides = []
    for side in SIDES:
        low, middle, high = np.nanquantile(ratios[side], (0.25, 0.5, 0.75)).tolist()
        mine = float(near[scores.memorisation["series"] == side].mean())
        sides.append((number(middle), interval(low, high), percent(mine)))
    return row | {"sides": sides}


@styled
def _ratio_figure(results: Results, scores: Sequence[Scores]) -> Markup:
    values = {
        one.model_name: {SIDES[side]: found.tolist() for side, found in _ratios(one).items()}
        for one in scores
    }
    figure, (axes,) = panels(1, 1, 2.2, width_in=4.6)
    boxes(axes, list(SIDES.values()), values)
    axes.axhline(1, color="#5b656f", linewidth=0.8)
    axes.set_ylabel("to training by to held-out")
    colours = {one.model_name: k for k, one in enumerate(scores)}
    legend(figure, [
        (name, {"color": colour_of(k), "linewidth": 4, "alpha": 0.6})
        for name, k in colours.items()
    ])  # fmt: skip
    words = "Distance to the nearest training tile by that to the nearest held-out one"
    return publish(figure, results.figures, "training_tile_distances", words)


def _nearest(results: Results, scores: Scores) -> list[list[Picture]]:
    """Return the synthetic patches nearest to a training tile, each beside it and its original."""
    table = scores.memorisation
    table = table[(table["series"] == GENERATOR)].nsmallest(NEAREST_SHOWN, "ratio")
    return [_pictures(results, scores.model_name, row) for row in table.to_dict("records")]


def _pictures(results: Results, model_name: str, row: dict[Any, Any]) -> list[Picture]:
    block = results.config["models"][model_name]
    info = results.dataset(block["dataset"])
    side = min(results.config["metrics"]["patch_px"], info["tile_px"])
    made = results.synthetic_rows(model_name, row["image"])[0]["image"]
    here = (int(row["row"]), int(row["col"]))
    there = (int(row["train_row"]), int(row["train_col"]))
    source_image = results.tile_source(model_name, str(row["train_image"]))
    real = results.image(str(row["image"]), model_name)
    train = _cut(source_image, there, side)
    place = f"{row['image']}, row {here[0]}, column {here[1]}"
    source = f"{row['train_image']}, row {there[0]}, column {there[1]}"
    patches = [
        (_cut(read_image(made), here, side), f"Synthetic, {place}", "synthetic"),
        (turned_back(train, str(row["symmetry"])), f"Training tile, {source}", "nearest training"),
        (_cut(real, here, side), f"Real, {place}", "real"),
    ]
    note = f"correlation {number(row['correlation'])}, turned by {row['symmetry']}"
    return [
        photo(
            colour_composite(np.ascontiguousarray(patch), real.channels),
            alt,
            title=title,
            note=note if title == "nearest training" else "",
        )
        for patch, alt, title in patches
    ]


def _cut(image: Image, corner: tuple[int, int], side: int) -> np.ndarray:
    """Return a patch, (C, side, side) float32 in [0, 1]."""
    row, col = corner
    return to_unit(image.crop(slice(row, row + side), slice(col, col + side)))


def turned_back(unit: np.ndarray, symmetry: str) -> np.ndarray:
    """Turn a training patch (C, P, P) as the test patch lies that was turned by `symmetry` to match
    it, e.g. `90°, flipped`: quarter turns against the clock, then left and right swapped."""
    turns = int(symmetry.split("°")[0]) // 90
    flipped = unit[..., ::-1] if symmetry.endswith("flipped") else unit
    return np.rot90(flipped, -turns, (-2, -1))


def _diversity_rows(scores: Scores) -> list[dict[str, Any]]:
    table = scores.diversity
    if not len(table):
        return []
    whole = table[table["image"] == "all"]
    return [
        _diversity_row(scores.model_name, str(metric), part)
        for metric, part in whole.groupby("metric", sort=False)
    ]


def _diversity_row(model_name: str, metric: str, table: pd.DataFrame) -> dict[str, Any]:
    by_series = {str(row["series"]): row for row in table.to_dict("records")}
    ours, real = by_series[GENERATOR], by_series.get("real_pairs", {}).get("value")
    value = None if pd.isna(ours["value"]) else ours["value"]
    bounds = read_bounds(ours)
    fraction = MISSING if value is None or not real else percent(value / real)
    return {
        "name": model_name,
        "net": NETS[metric],
        "value": number(value),
        "sort": "" if value is None else repr(float(value)),
        "interval": "" if bounds.low == bounds.high else chance(bounds),
        "real": number(real),
        "percent": fraction,
        "status": "" if ours["status"] == "ok" else str(ours["status"]),
    }
