"""What the trainings of a row have found: counts by seed, unit and IoU, and statistics of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.config.utility import UtilityRow
from cytoforge.jobs.csv_file import read_csv
from cytoforge.jobs.optional_files import read_json
from cytoforge.metrics.intervals import Pooled, f1
from cytoforge.metrics.utility.train_row import COLUMNS
from cytoforge.models.tasks.image_to_instances import IOUS


@dataclass(frozen=True)
class RowCounts:
    """Counts of one row.

    Attributes
    ----------
    counts : tp, fp and fn, float64 (seeds, images, IoUs, 3)
    images, units : by name, in the order of `counts`: images, and what the split keeps together
    trainings : per seed: tiles by kind, area, steps, seconds
    """

    row: UtilityRow
    counts: np.ndarray
    images: tuple[str, ...]
    units: tuple[str, ...]
    trainings: list[dict[str, Any]]

    @property
    def sums(self) -> np.ndarray:
        """Counts of each unit, all seeds together, (units, 3 · IoUs): what statistics are of."""
        of_image = self.counts.sum(0).reshape(len(self.images), -1)
        _, unit = np.unique(self.units, return_inverse=True)
        return np.stack([of_image[unit == k].sum(0) for k in range(unit.max() + 1)])

    @property
    def by_seed(self) -> np.ndarray:
        """F1 of each seed, all images together, (seeds,)."""
        return f1(self.counts[:, :, 0].sum(1))


def read_row(path: Path) -> RowCounts:
    """Read the files of `train_row`; `path` is the table."""
    told = read_json(path.with_suffix(".json"))
    rows = [row for _, row in read_csv(path, COLUMNS, "delete it and run again")]
    groups = {row["image"]: row["group"] for row in rows}
    images, seeds = sorted(groups), sorted({int(row["seed"]) for row in rows})
    counts = np.zeros((len(seeds), len(images), len(IOUS), 3))
    for row in rows:
        place = seeds.index(int(row["seed"])), images.index(row["image"])
        iou = IOUS.index(float(row["iou"]))
        counts[*place, iou] = [float(row[name]) for name in ("tp", "fp", "fn")]
    units = tuple(groups[name] for name in images)
    return RowCounts(UtilityRow(**told["row"]), counts, tuple(images), units, told["trainings"])


def f1_of(sums: np.ndarray) -> np.ndarray:
    """Return F1 at IoU 0.5 of sums (..., 3 · IoUs)."""
    return f1(sums[..., :3])


def ap_of(sums: np.ndarray) -> np.ndarray:
    """Return the mean over `IOUS` of TP / (TP + FP + FN) of sums (..., 3 · IoUs); of nothing to
    find and nothing found it is 1.

    One object of two found at every IoU, and none too much:

    >>> float(ap_of(np.tile([1.0, 0, 1], 10)))
    0.5
    """
    counts = sums.reshape(*sums.shape[:-1], -1, 3)
    total = counts.sum(-1)
    found = np.where(total > 0, counts[..., 0] / np.maximum(total, 1), 1.0)
    return np.asarray(found.mean(-1))


def true_objects(sums: np.ndarray) -> np.ndarray:
    """Return how many objects there are, found or missed, of sums (..., 3 · IoUs)."""
    return np.asarray(sums[..., 0] + sums[..., 2])


def _first(sums: np.ndarray) -> np.ndarray:
    return np.asarray(sums[..., : sums.shape[-1] // 2])


def _second(sums: np.ndarray) -> np.ndarray:
    return np.asarray(sums[..., sums.shape[-1] // 2 :])


def _ratio(sums: np.ndarray) -> np.ndarray:
    mine, other = f1_of(_first(sums)), f1_of(_second(sums))
    return np.where(other > 0, mine / np.where(other > 0, other, 1), np.nan)


F1 = Pooled(f1_of, true_objects, 0.0, 1.0)
AP = Pooled(ap_of, true_objects, 0.0, 1.0)
# Of two rows side by side, (..., 2 · 3 · IoUs): paired, for the images are the same.
AHEAD = Pooled(
    lambda sums: f1_of(_first(sums)) - f1_of(_second(sums)),
    lambda sums: true_objects(_second(sums)),
    -1.0,
    1.0,
)
RATIO = Pooled(_ratio, lambda sums: true_objects(_second(sums)), 0.0)


def beside(mine: RowCounts, other: RowCounts) -> np.ndarray:
    """Return the sums of two rows, tested on the same images, for `AHEAD` and `RATIO`."""
    return np.concatenate([mine.sums, other.sums], -1)


def by_name(rows: Sequence[RowCounts]) -> Mapping[str, RowCounts]:
    """Return rows by their names."""
    return {one.row.name: one for one in rows}
