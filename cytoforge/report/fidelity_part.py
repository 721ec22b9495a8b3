"""Part 5b of the page: whether a network that has learned from real images finds, in made ones, the
label maps that these were made of.

Everything is read from `results/metrics/<set>/agreement.csv`, beside that of the real test images.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from cytoforge.metrics.level_dice import MEAN_CODE
from cytoforge.report.numbers import number, percent, plural
from cytoforge.report.results import Results
from cytoforge.report.table_part import CHANCE, Table, series_table, with_chance

REAL = "real"
HEADS = {
    "name": "level",
    "series": "images",
    "f1": "Dice",
    "chance": CHANCE,
    "iou": "IoU",
    "pixels": "pixels wanted",
    "found": "pixels found",
}


def fidelity_of(results: Results, model_name: str) -> list[dict[str, Any]]:
    """Return, for each set of made images whose label maps a model was asked for, an answer and the
    table of levels."""
    found = []
    for name, block in results.config["sets"].items():
        path = results.scores_folder(name) / "agreement.csv"
        if block.get("labels_by") == model_name and block["images"] != REAL and path.is_file():
            real = _levels(results.scores_folder(model_name) / "agreement.csv", "")
            made = _levels(path, block["images"])
            found.append({"images": block["images"], **_compared(real, made, block["images"])})
    return found


def _levels(path: Path, series: str) -> pd.DataFrame:
    """Return the rows of all test images together."""
    table = pd.read_csv(path)
    table = table[table["image"] == "all"]
    names = table["name"].str.replace("_", " ")
    return with_chance(table.assign(name=names, series=series))


def _compared(real: pd.DataFrame, made: pd.DataFrame, images: str) -> dict[str, Any]:
    table: Table = series_table(
        pd.concat([real, made]), ("code",), HEADS, {images: images, "": "real test images: ceiling"}
    )
    means = [one[one["code"] == MEAN_CODE] for one in (made, real)]
    dice, iou = ([float(one[key].iloc[0]) for one in means] for key in ("f1", "iou"))
    n = int((real["code"] != MEAN_CODE).sum())
    part = f", {percent(dice[0] / dice[1])} of it" if dice[1] > 0 else ""
    answer = (
        f"Mean Dice over {plural(n, 'level')} is {number(dice[0])} on made images and"
        f" {number(dice[1])} on real ones{part}; mean IoU {number(iou[0])} and {number(iou[1])}."
    )
    return {"answer": answer, "table": table}
