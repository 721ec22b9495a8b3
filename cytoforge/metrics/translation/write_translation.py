"""The tables of a translation on disk: CSV files, and translation.json with what a page needs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from cytoforge.jobs.atomic import write_json, write_text
from cytoforge.metrics.translation.detour import Detour
from cytoforge.metrics.translation.score_translation import TranslationScores
from cytoforge.metrics.translation.translation_metrics import FAMILIES, SERIES

FILES = ("scores.csv", "points.csv", "detour.csv", "translation.json")
"""The names of all files that are written."""
POINT_COLUMNS = ("series", "segmenter", "gate_unit", "unit", "gate", "f1")


def write_translation(
    output: Path,
    scores: TranslationScores,
    detours: Sequence[Detour] = (),
    strip: Sequence[Mapping[str, str]] = (),
) -> None:
    """Write scores.csv, points.csv, detour.csv and translation.json into a folder.

    Parameters
    ----------
    detours : one per segmenter
    strip : pictures that a page shows: rows of title, words of what it is, and file

    translation.json: `settings`, `series` (names in words), `metrics` (label, unit, direction and
    meaning, by family), `verdicts`, `strip`.
    """
    detour = pd.concat([one.table for one in detours]) if detours else pd.DataFrame()
    points = scores.points if len(scores.points) else pd.DataFrame(columns=list(POINT_COLUMNS))
    detour = detour if len(detour) else pd.DataFrame(columns=["way", "segmenter"])
    for name, table in zip(FILES, (scores.scores, points, detour), strict=False):
        text = table.to_csv(index=False, lineterminator="\n", float_format="%.8g")
        write_text(output / name, text)
    verdicts = [*scores.verdicts, *(one.verdict for one in detours)]
    told: dict[str, Any] = {
        "settings": scores.settings,
        "series": SERIES,
        "metrics": {name: [asdict(m) for m in family] for name, family in FAMILIES.items()},
        "verdicts": [asdict(verdict) for verdict in verdicts],
        "strip": [dict(picture) for picture in strip],
    }
    write_json(output / FILES[-1], told)
