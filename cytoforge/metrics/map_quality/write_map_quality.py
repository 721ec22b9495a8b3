"""The quality of a set of label maps on disk: tables, pictures, and what a page needs of them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.jobs.atomic import write_json, write_text
from cytoforge.metrics.map_quality.judge_maps import REAL, MapQuality
from cytoforge.metrics.map_quality.map_distances import FLOOR, MADE, PERTURBED, SERIES, UNIFORM
from cytoforge.metrics.map_quality.map_fields import MapField
from cytoforge.metrics.map_quality.map_verdicts import against_uniform
from cytoforge.references.codes import Code
from cytoforge.references.label_map_file import write_preview

FILES = ("distances.csv", "copies.csv", "pair_correlation.csv", "map_quality.json")
PICTURES = "pictures"
PICTURE_PX, PICTURE_ROWS = 384, 2
TITLES = {REAL: "real", **SERIES}


def write_map_quality(
    output: Path, quality: MapQuality, codes: Sequence[Code], confidence: float
) -> None:
    """Write `FILES` into a folder, and `pictures/<series>_<number>.png` of maps at one scale.

    map_quality.json: `series` (names in words), `verdicts`, `against_uniform` (nearer, alike or
    farther by measure), `settings` (numbers of maps, sides, reach of pairs), `dropped` (objects per
    map that the source says it dropped, null where it does not), `strips` (rows of pictures, each
    with a title and a file).
    """
    tables = (quality.table, quality.copies, quality.curves)
    for name, table in zip(FILES, tables, strict=False):
        text = table.to_csv(index=False, lineterminator="\n", float_format="%.8g")
        write_text(output / name, text)
    fields = quality.fields
    told: dict[str, Any] = {
        "series": {name: words for name, words in SERIES.items() if name in fields},
        "verdicts": [asdict(verdict) for verdict in quality.verdicts],
        "against_uniform": against_uniform(quality.table, confidence),
        "settings": {
            "confidence": confidence,
            "side_px": quality.scale.side,
            "reach_px": dict(quality.scale.reach_px),
            "n_maps": {name: len(maps) for name, maps in fields.items()},
            "n_images": {name: len({m.unit for m in maps}) for name, maps in fields.items()},
        },
        "dropped": _dropped(fields[MADE]),
        "strips": _pictures(output / PICTURES, quality, tuple(codes)),
    }
    write_json(output / FILES[-1], told)


def _dropped(made: Sequence[MapField]) -> float | None:
    known = [field.dropped for field in made if field.dropped is not None]
    return float(np.mean(known)) if known else None


def _pictures(
    folder: Path, quality: MapQuality, codes: tuple[Code, ...]
) -> list[list[dict[str, str]]]:
    """Write squares of one side out of the largest maps of each series; return what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    # Strips of held-out regions show little; training regions are real maps too.
    real = [*quality.fields[FLOOR], *quality.fields[REAL]]
    shown = {REAL: real, **{n: quality.fields.get(n, ()) for n in (MADE, PERTURBED, UNIFORM)}}
    shown = {
        name: sorted(maps, key=lambda f: -min(f.shape)) for name, maps in shown.items() if maps
    }
    side = min(PICTURE_PX, *(min(maps[0].shape) for maps in shown.values()))
    strips = []
    for number in range(PICTURE_ROWS):
        strip = []
        for name, maps in shown.items():
            if number < len(maps):
                file = folder / f"{name}_{number + 1}.png"
                write_preview(file, _middle(maps[number].labels, side), codes)
                strip.append({"title": TITLES[name], "file": f"{PICTURES}/{file.name}"})
        strips.append(strip)
    return [strip for strip in strips if strip]


def _middle(labels: np.ndarray, side: int) -> np.ndarray:
    side = min(side, *labels.shape)
    row, col = ((length - side) // 2 for length in labels.shape)
    return np.ascontiguousarray(labels[row : row + side, col : col + side])
