"""The beginning of the page: whether the segmentations, on which all else stands, can be right."""

from collections.abc import Sequence
from typing import Any

from cytoforge.jobs.optional_files import read_rows, real
from cytoforge.report.numbers import number
from cytoforge.report.results import Results

MOST_NAMED = 10
MOST_IMAGES = 40  # in the table, those that fail first; results/checks/*.csv has all


def segmentation_checks_part(results: Results) -> dict[str, Any]:
    """Return a block per segmentation in use: how many images pass, and a row per image and check.

    A segmentation without a table (an older run, or images that are all made) is left out.
    """
    references = results.config["references"].values()
    used = {block["segmentation"] for block in references if "segmentation" in block}
    tables = {
        name: read_rows(results.root / "checks" / f"{name}.csv")
        for name in results.config["segmentations"]
        if name in used
    }
    return {
        "blocks": [_block(name, rows) for name, rows in tables.items() if rows],
        "own_maps": not used,
        "goes_on": results.config["checks"] == "warn",
    }


def _block(name: str, rows: Sequence[dict[str, str]]) -> dict[str, Any]:
    images = list(dict.fromkeys(row["image"] for row in rows))
    # A message names the first check that failed, which explains most.
    first: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["passed"] != "yes":
            first.setdefault(row["image"], row)
    shown = sorted(images, key=lambda image: image not in first)[:MOST_IMAGES]
    return {
        "name": name,
        "n_images": len(images),
        "n_shown": len(shown),
        "n_failed": len(first),
        "failures": list(first.values())[:MOST_NAMED],
        "rows": [_row(row) for image in shown for row in rows if row["image"] == image],
    }


def _row(row: dict[str, str]) -> dict[str, Any]:
    value = real(row["value"])
    asked = value is not None
    state = "open" if not asked else "yes" if row["passed"] == "yes" else "no"
    return {
        **row,
        "state": state,
        "answer": {"open": "not asked", "yes": "passed", "no": "failed"}[state],
        "sort": row["value"],
        "text": number(value),
    }
