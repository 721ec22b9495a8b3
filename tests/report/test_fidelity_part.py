"""Label fidelity of made images by a network of real ones, beside its ceiling."""

from pathlib import Path

import pandas as pd

from cytoforge.config.metrics import MetricsConfig
from cytoforge.jobs.atomic import write_text
from cytoforge.metrics.label_fidelity import label_fidelity_table
from cytoforge.report.fidelity_part import fidelity_of
from cytoforge.report.render import render
from cytoforge.report.results import Results

SETS = {
    "again": {"labels_by": "net", "images": "made"},
    "of_real": {"labels_by": "net", "images": "real"},
    "not_scored": {"labels_by": "net", "images": "whole"},
}


def agreement(path: Path, both: int) -> None:
    """Write the table of ten liver pixels, of which `both` were found, and no others."""
    counts = {"both": both, "pixels": 10, "found": both}
    place = {"image": "a", "group": "p1", "series": "predicted", "code": 1, "name": "liver_left"}
    table: pd.DataFrame = label_fidelity_table([{**place, **counts}], MetricsConfig())
    write_text(path, table.to_csv(index=False))


def test_each_level_stands_beside_what_is_found_in_real_images(tmp_path: Path):
    agreement(tmp_path / "metrics/net/agreement.csv", 8)
    agreement(tmp_path / "metrics/again/agreement.csv", 5)
    (block,) = fidelity_of(Results(tmp_path, {"models": {"net": {}}, "sets": SETS}, ()), "net")
    assert block["images"] == "made"
    made, real = 2 * 5 / 15, 2 * 8 / 18
    assert block["answer"] == (
        f"Mean Dice over 1 level is {made:.3f} on made images and {real:.3f} on real ones,"
        f" {100 * made / real:.0f} % of it; mean IoU 0.500 and 0.800."
    )
    table = {"heads": [], "rows": []}
    values = {"name": "net", "image": "a", "collapsed": "", "pictures": [], "table": table}
    page = render({"predictions": [{**values, "fidelity": [block]}]}, "predictions.html.j2")
    assert "<h4>Label fidelity of made</h4>" in page
    texts = [[cell.text for cell in row["cells"]][:3] for row in block["table"]["rows"]]
    assert texts[:2] == [
        ["liver left", "made", f"{made:.3f}"],
        ["liver left", "real test images: ceiling", f"{real:.3f}"],
    ]
