"""Rows of training with made-up counts, as files of `train_row`."""

from dataclasses import asdict
from pathlib import Path

from cytoforge.config.utility import UtilityRow
from cytoforge.jobs.atomic import write_json
from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.utility.train_row import COLUMNS
from cytoforge.models.tasks.image_to_instances import IOUS

OBJECTS = 100


def write_row(folder: Path, row: UtilityRow, *found: tuple[int, ...]) -> Path:
    """Write a row: per seed how many of 100 objects of each image were found, nothing else was,
    up to IoU 0.7 (five of ten thresholds)."""
    path = folder / f"{row.name}.csv"
    lines = [
        [seed, f"image{k}", f"image{k}", iou, n * (iou <= 0.7), 0, OBJECTS - n * (iou <= 0.7)]
        for seed, counts in enumerate(found, 1)
        for k, n in enumerate(counts)
        for iou in IOUS
    ]
    write_csv(path, COLUMNS, lines)
    cost = {"seconds": 4.0, "cpu_seconds": 3.0, "steps": 50, "parameters": 1000, "device": "cpu"}
    tiles = {"real": 40 * bool(row.real), "real_px": 10**6 * bool(row.real)}
    tiles |= {row.other: 30} if row.other else {}
    trainings = [{"seed": seed, **tiles, **cost} for seed in range(1, len(found) + 1)]
    write_json(path.with_suffix(".json"), {"row": asdict(row), "trainings": trainings})
    return path


def write_rows(folder: Path, synthetic: int = 76) -> list[Path]:
    """Write rows of two seeds and three images; on real images 80 of 100 are found."""
    of = {
        UtilityRow(1.0): 80,
        UtilityRow(0, "synthetic"): synthetic,
        UtilityRow(0, "rerendered"): 79,
        UtilityRow(1.0, "synthetic", 1.0): 82,
        UtilityRow(1.0, "synthetic", 3.0): 70,
        UtilityRow(0.1): 40,
        UtilityRow(0.1, "synthetic", 1.0): 60,
    }
    return [write_row(folder, row, (n - 4, n, n + 4), (n - 2, n, n + 2)) for row, n in of.items()]


SETTINGS = {
    "truth": "cells",
    "truth_method": "watershed",
    "objects": "cells",
    "model": "unet",
    "dataset": "tiles7",
    "synthetic": "new",
    "rerendered": "again",
}
