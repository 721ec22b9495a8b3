"""Part 5b of the page: label maps that models predict from test images."""

from typing import Any

import pandas as pd

from cytoforge.jobs.optional_files import read_json
from cytoforge.metrics.agreement import SERIES
from cytoforge.references.label_map_file import read_label_map
from cytoforge.report.fidelity_part import fidelity_of
from cytoforge.report.pictures import Picture, field_rgb, label_picture, outlines_of, photo
from cytoforge.report.results import Results
from cytoforge.report.table_part import CHANCE, Table, series_table, with_chance

COLUMNS = {
    "name": "level",
    "f1": "F1 of its pixels",
    "chance": CHANCE,
    "iou": "IoU",
    "pixels": "pixels wanted",
    "found": "pixels predicted",
}


def prediction_part(results: Results) -> list[dict[str, Any]]:
    """Return, for each model that predicts label maps, one field and the table of levels."""
    return [
        {
            "name": name,
            "image": results.test_images[0],
            "collapsed": _collapsed(results, name),
            "pictures": _pictures(results, name),
            "table": _table(results, name),
            "fidelity": fidelity_of(results, name),
        }
        for name in results.predictors
    ]


def _collapsed(results: Results, model_name: str) -> str:
    """Return what training found wrong with the kept weights, "" for nothing."""
    model = read_json(results.model_folder(model_name) / "model.json") or {}
    return str(model.get("outcome", {}).get("collapsed", ""))


def _pictures(results: Results, model_name: str) -> list[Picture]:
    image = results.test_images[0]
    real = results.image(image)
    outlines = outlines_of(results.regions_of(image), real.shape, ("test",))
    maps = {
        "predicted": read_label_map(
            results.set_folder(model_name) / "fields" / f"{image}_labels.tif"
        ),
        "wanted": results.label_map(model_name, image),
    }
    side, codes = results.field_px, results.codes(model_name)
    alt = f"Real image {image}"
    pictures = [photo(field_rgb(real), alt, title="real", longest_px=side, outlines=outlines)]
    for title, label_map in maps.items():
        picture = label_picture(
            label_map,
            codes,
            f"Label map of {image}, {title}",
            title=title,
            longest_px=side,
            outlines=outlines,
        )
        pictures.append(picture)
    return pictures


def _table(results: Results, model_name: str) -> Table:
    table = pd.read_csv(results.scores_folder(model_name) / "agreement.csv")
    table = table[table["image"] == "all"]
    table = table.assign(name=table["name"].str.replace("_", " "))
    return series_table(with_chance(table), ("code",), COLUMNS, {SERIES: SERIES})
