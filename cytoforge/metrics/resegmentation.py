"""Whether segmenting a synthetic image finds the cells of the label map it was made from."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from cytoforge.metrics.intervals import POOLED_F1, bounds, f1, unit_noun
from cytoforge.segmentation.matching import match_instances, pixel_dice
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.split.region import Region

IOU = 0.5
COUNTS = ["tp", "fp", "fn"]


def crop(segmentation: Segmentation, region: Region) -> Segmentation:
    """Cut a region out of a segmentation; ids stay as they are."""
    return segmentation.crop(region.row0, region.row1, region.col0, region.col1)


def agreement(truth: Segmentation, found: Segmentation) -> list[dict[str, float | str]]:
    """Compare two segmentations of one field: a row per name of objects.

    F1, precision and recall count objects matched at IoU 0.5, without those the edge of the field
    cuts (see `inner_objects`); dice compares all pixels of the region, edges included,
    and is all that masks have.
    """
    rows: list[dict[str, float | str]] = []
    for name, plane in truth.objects.items():
        row: dict[str, float | str] = {"object": name, "dice": pixel_dice(plane.array, found[name])}
        if plane.kind == "instances":
            matching = match_instances(*inner_objects(plane.array, found[name]), iou=IOU)
            row |= asdict(matching)
        rows.append(row)
    return rows


def inner_objects(truth: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Remove the objects that touch the edge, on both sides, and what lies mostly on them.

    No segmenter can find the sliver of a cut cell. A found object that covers a
    removed true one by more than half of its own area goes too (and the other way round): its
    partner is gone, so it could only be counted as an error.
    """
    edge_truth, edge_found = _touches_edge(truth), _touches_edge(found)
    kept_truth = _without(truth, edge_truth | _mostly_on(truth, edge_found[found]))
    kept_found = _without(found, edge_found | _mostly_on(found, edge_truth[truth]))
    return kept_truth, kept_found


def overall(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return one row a series and object over all images: counts pooled, dice averaged.

    low, high, interval, unit_values : what chance does to the pooled F1 (see `intervals`), over the
        units of column `group`
    """
    rows = []
    for (series, name), part in table.groupby(["series", "object"], sort=False):
        row: dict[str, Any] = {"image": "all", "series": series, "object": name}
        row["dice"] = part["dice"].mean()
        if part["tp"].notna().any():  # masks have no objects to count
            noun = unit_noun(part["group"].to_numpy(str), part["image"].to_numpy(str))
            row |= _pooled(part.groupby("group")[COUNTS].sum().to_numpy(float), confidence, noun)
        rows.append(row)
    return pd.DataFrame(rows)


def _pooled(counts: np.ndarray, confidence: float, noun: str) -> dict[str, Any]:
    """Return the columns of counts (units, 3)."""
    tp, fp, fn = counts.sum(0)
    row = {"tp": tp, "fp": fp, "fn": fn, "f1": float(f1(counts.sum(0)))}
    row |= {"precision": tp / max(tp + fp, 1), "recall": tp / max(tp + fn, 1)}
    return row | bounds(counts, POOLED_F1, confidence, noun).cells()


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


def _without(labels: np.ndarray, ids: np.ndarray) -> np.ndarray:
    return np.where(ids[labels], 0, labels)
