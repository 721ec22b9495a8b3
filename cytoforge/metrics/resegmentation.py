"""Whether segmenting a synthetic image finds the cells of the label map it was made from."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.metrics.intervals import POOLED_F1, bounds, f1, unit_noun
from cytoforge.metrics.score_tables import STRICT
from cytoforge.segmentation.matching import Matching, match_overlaps, overlaps, pixel_dice
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.split.region import Region

# At 0.5 an object is where it should be, whatever its outline: re-segmented cells of generators
# reached 0.92 there and 0.34 at 0.8, where the real images' own reached 0.96.
IOU, STRICT_IOU = 0.5, 0.8
COUNTS = ["tp", "fp", "fn"]


def crop(segmentation: Segmentation, region: Region) -> Segmentation:
    """Cut a region out of a segmentation; ids stay as they are."""
    return segmentation.crop(region.row0, region.row1, region.col0, region.col1)


def agreement(truth: Segmentation, found: Segmentation) -> list[dict[str, float | str]]:
    """Compare two segmentations of one field: a row per name of objects.

    F1, precision, recall and mean IoU count objects matched at IoU 0.5; tp_80, fp_80, fn_80 and
    f1_80 those at 0.8 (see `match_inside`). dice compares all pixels of the region, edges included,
    and is all that masks have.
    """
    rows: list[dict[str, float | str]] = []
    for name, plane in truth.objects.items():
        row: dict[str, float | str] = {"object": name, "dice": pixel_dice(plane.array, found[name])}
        if plane.kind == "instances":
            row |= asdict(match_inside(plane.array, found[name], IOU))
            strict = asdict(match_inside(plane.array, found[name], STRICT_IOU))
            row |= {f"{key}{STRICT}": strict[key] for key in (*COUNTS, "f1")}
        rows.append(row)
    return rows


def match_inside(truth: np.ndarray, found: np.ndarray, iou: float) -> Matching:
    """Match the objects of two label maps (Y, X) of one field, as `matches_inside` at one IoU."""
    return matches_inside(truth, found, (iou,))[0]


def matches_inside(truth: np.ndarray, found: np.ndarray, ious: Sequence[float]) -> list[Matching]:
    """Match the objects of two label maps (Y, X) of one field at each IoU, without those that its
    edge cuts.

    No segmenter can find the sliver of a cut cell: true objects that touch the edge are not counted
    (nor is any other, whatever was found: all results for one field are counted out of the same
    objects). A found object that touches the edge, or lies by more than half of its area on such a
    true one, may be its other half: with a partner it counts, without one it is no error.
    """
    cut = _touches_edge(truth)
    excused = _touches_edge(found) | _mostly_on(found, cut[truth])
    both = overlaps(np.where(cut[truth], 0, truth), found)
    return [match_overlaps(both, iou, np.flatnonzero(excused)) for iou in ious]


def overall(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return one row a series and object over all images: counts pooled, dice averaged.

    low, high, interval, unit_values : what chance does to the pooled F1 at IoU 0.5 (see
        `intervals`), over the units of column `group`
    """
    rows = []
    for (series, name), part in table.groupby(["series", "object"], sort=False):
        row: dict[str, Any] = {"image": "all", "series": series, "object": name}
        row["dice"] = part["dice"].mean()
        if part["tp"].notna().any():  # masks have no objects to count
            noun = unit_noun(part["group"].to_numpy(str), part["image"].to_numpy(str))
            row |= _pooled(part.groupby("group")[COUNTS].sum().to_numpy(float), confidence, noun)
            row |= _pooled_strictly(part)
        rows.append(row)
    return pd.DataFrame(rows)


def _pooled(counts: np.ndarray, confidence: float, noun: str) -> dict[str, Any]:
    """Return the columns of counts (units, 3)."""
    tp, fp, fn = counts.sum(0)
    row = {"tp": tp, "fp": fp, "fn": fn, "f1": float(f1(counts.sum(0)))}
    row |= {"precision": tp / max(tp + fp, 1), "recall": tp / max(tp + fn, 1)}
    return row | bounds(counts, POOLED_F1, confidence, noun).cells()


def _pooled_strictly(part: pd.DataFrame) -> dict[str, float]:
    columns = [f"{name}{STRICT}" for name in COUNTS]
    counts = part[columns].sum()
    totals = {column: float(counts[column]) for column in columns}
    return {**totals, f"f1{STRICT}": float(f1(counts.to_numpy(float)))}


def _touches_edge(labels: np.ndarray) -> np.ndarray:
    """Return for each id whether it touches the edge, (ids,) bool; background does not count."""
    touches = np.zeros(int(labels.max(initial=0)) + 1, bool)
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        touches[line] = True
    touches[0] = False
    return touches


def _mostly_on(labels: np.ndarray, removed: np.ndarray) -> np.ndarray:
    """Return for each id whether more than half of it lies on `removed` pixels."""
    area = np.bincount(labels.ravel())
    covered = np.bincount(labels.ravel(), removed.ravel(), len(area))
    mostly = covered > area / 2
    mostly[0] = False
    return mostly
