"""The tables of one model on disk: a CSV each, and scores.json with what a report needs."""

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from cytoforge.jobs.atomic import write_json, write_text
from cytoforge.metrics.pair_metrics.structure import SCALE_WEIGHTS, ms_ssim_scales
from cytoforge.metrics.registry import PAIR_METRICS, SERIES, SET_METRICS, measures


@dataclass(frozen=True)
class Tables:
    """Each becomes <name>.csv."""

    pairs: pd.DataFrame
    summary: pd.DataFrame
    outliers: pd.DataFrame
    set: pd.DataFrame
    levels: pd.DataFrame
    morphology: pd.DataFrame
    resegmentation: pd.DataFrame
    label_fidelity: pd.DataFrame
    memorisation: pd.DataFrame
    intensity_calibration: pd.DataFrame
    realism: pd.DataFrame


def table_files() -> list[str]:
    """Return the names of all files `write_tables` writes."""
    return [*(f"{item.name}.csv" for item in fields(Tables)), "scores.json"]


def write_tables(
    output: Path, tables: Tables, settings: dict[str, Any], verdicts: list[dict[str, Any]]
) -> None:
    """Write the CSV files and scores.json.

    scores.json: `settings`, `metrics` (label, unit, direction and meaning of every metric, kind
    "pair", "set" or "realism"), `series` (meaning of each), `verdicts`, `skipped` (metric -> why
    and how to enable it), `notes`, and all tables but the pairs as lists of rows. Undefined values
    are null.
    """
    frames = {item.name: getattr(tables, item.name) for item in fields(Tables)}
    for name, frame in frames.items():
        text = frame.to_csv(index=False, lineterminator="\n", float_format="%.8g")
        write_text(output / f"{name}.csv", text)
    by_kind = {"pair": PAIR_METRICS, "set": SET_METRICS, "realism": measures()}
    metrics = [(kind, metric) for kind, known in by_kind.items() for metric in known]
    write_json(
        output / "scores.json",
        {
            "settings": settings,
            "metrics": [{"kind": kind, **asdict(metric)} for kind, metric in metrics],
            "series": SERIES,
            "verdicts": verdicts,
            "skipped": _skipped(tables.summary, tables.set),
            "notes": _notes(settings["patch_px"]),
            **{name: rows(frame) for name, frame in frames.items() if name != "pairs"},
        },
    )


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as JSON rows; NaN and missing become null."""
    return [
        {str(key): _plain(value) for key, value in row.items()} for row in frame.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def _skipped(*tables: pd.DataFrame) -> dict[str, str]:
    return {
        str(row["metric"]): str(row["status"])
        for table in tables
        for _, row in table.iterrows()
        if str(row["status"]).startswith("skipped")
    }


def _notes(patch_px: int) -> list[str]:
    notes = [
        "Class means may win on MSE, PSNR and re-segmentation: those reward flat, clean images; and"
        " blurred, with grain, on LPIPS and Fréchet distance where a generator has learnt little.",
        "Real against real pairs unrelated patches: for pair metrics it is what two real images of "
        "the same type score, for set metrics what two real sets do, of different cells. Synthetic "
        "fields show the same cells as their originals, and may lie below it.",
    ]
    scales = ms_ssim_scales(patch_px)
    if scales < len(SCALE_WEIGHTS):
        notes.append(
            f"MS-SSIM uses {scales} of {len(SCALE_WEIGHTS)} scales: patches are below 161 px."
        )
    return notes
