"""Whether segmenting a synthetic image finds the cells of the label map it was made from."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.statistics import image_draws, interval
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


def overall(table: pd.DataFrame, config: MetricsConfig, seed: int) -> pd.DataFrame:
    """Return one row a series and object over all images: counts pooled, dice averaged.

    ci_low, ci_high : bootstrap interval of the pooled F1 over images; NaN for one image.
    """
    rows = []
    for (series, name), part in table.groupby(["series", "object"], sort=False):
        row = {"image": "all", "series": series, "object": name, "dice": part["dice"].mean()}
        if part["tp"].notna().any():  # masks have no objects to count
            row |= _pooled(part.groupby("image")[COUNTS].sum(), config, seed)
        rows.append(row)
    return pd.DataFrame(rows)


def _pooled(counts: pd.DataFrame, config: MetricsConfig, seed: int) -> dict[str, float]:
    tp, fp, fn = counts.sum()
    row = {"tp": tp, "fp": fp, "fn": fn, "f1": _f1(tp, fp, fn)}
    row |= {"precision": tp / max(tp + fp, 1), "recall": tp / max(tp + fn, 1)}
    if len(counts) > 1:
        draws = image_draws(len(counts), config.bootstrap, seed, "resegmentation")
        resampled = (draws @ counts.to_numpy(np.float64)).T
        row["ci_low"], row["ci_high"] = interval(_f1(*resampled), config.confidence)
    return row


def _f1(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    # Nothing to find and nothing found is full agreement, as in `match_instances`.
    total = 2 * tp + fp + fn
    return np.where(total > 0, 2 * tp / np.maximum(total, 1), 1.0)[()]


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
