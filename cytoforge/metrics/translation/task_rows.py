"""The rows on the task: nuclei found, against the points that people have set."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cytoforge.metrics.point_scores import (
    DEFAULT_PX,
    DEFAULT_UM,
    GATES_PX,
    GATES_UM,
    STATISTICS,
    PointField,
    average_precision,
    point_table,
    unit_counts,
)
from cytoforge.metrics.translation.score_rows import ScoreRows
from cytoforge.metrics.translation.structure_rows import NO_SEGMENTER
from cytoforge.metrics.translation.translation_fields import Photo, Translation
from cytoforge.segmentation.centroid_matching import centroids

NO_CONFIDENCE = "not applicable: the nuclei have no confidence"


def add_task_rows(
    rows: ScoreRows, translation: Translation, series: Mapping[str, Sequence[Photo]]
) -> pd.DataFrame:
    """Add precision, recall, F1 and, where nuclei have a confidence, AP of every segmenter.

    Returns the sweep over gates, per unit and of all: series, segmenter, gate_unit, and the columns
    of `point_table`; empty where there are no true points.
    """
    if not translation.truth:
        return pd.DataFrame()
    tables = []
    for name, photos in series.items():
        for segmenter in translation.segmenters:
            if not all(segmenter in photo.nuclei for photo in photos):
                for metric in (*STATISTICS, "ap"):
                    rows.nothing(f"point_{metric}", name, NO_SEGMENTER, segmenter)
                continue
            fields = point_fields(photos, segmenter, translation.truth)
            _add(rows, name, segmenter, fields, gate_of(photos))
            table = point_table(fields, gates_of(photos), rows.confidence, rows.noun)
            table.insert(0, "gate_unit", "µm" if in_um(photos) else "px")
            table.insert(0, "segmenter", segmenter)
            table.insert(0, "series", name)
            tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def in_um(photos: Sequence[Photo]) -> bool:
    """Whether the size of a pixel of every field is known."""
    return all(photo.pixel_size_um for photo in photos)


def gate_of(photos: Sequence[Photo]) -> float:
    """Return the gate that scores are told by, in µm or px as `in_um` says."""
    return DEFAULT_UM if in_um(photos) else DEFAULT_PX


def gates_of(photos: Sequence[Photo]) -> tuple[float, ...]:
    """Return the gates of the sweep, in µm or px as `in_um` says."""
    return GATES_UM if in_um(photos) else GATES_PX


def point_fields(
    photos: Sequence[Photo], segmenter: str, truth: Mapping[str, np.ndarray]
) -> list[PointField]:
    """Return the centroids of the nuclei beside the true points, in µm, or px as `in_um` says.

    truth : row and column in px, by the field's name; fields without an entry are left out, since
        nobody has looked at them (none in a field is an empty array)
    """
    known = [photo for photo in photos if photo.name in truth]
    scales = [photo.pixel_size_um if in_um(photos) else 1.0 for photo in known]
    return [
        PointField(
            photo.unit,
            np.asarray(truth[photo.name], np.float64).reshape(-1, 2) * scale,
            centroids(photo.nuclei[segmenter]) * scale,
            photo.confidence.get(segmenter),
            (photo.rgb.shape[0] * scale, photo.rgb.shape[1] * scale),
        )
        for photo, scale in zip(known, scales, strict=True)
        if scale is not None
    ]


def _add(
    rows: ScoreRows, name: str, segmenter: str, fields: Sequence[PointField], gate: float
) -> None:
    counts = unit_counts(fields, gate)
    for metric, statistic in STATISTICS.items():
        own = list(counts.values())
        rows.pooled(f"point_{metric}", name, own, list(counts), statistic, segmenter)
    ap = average_precision(fields, gate)
    if ap is None:
        rows.nothing("point_ap", name, NO_CONFIDENCE, segmenter)
    else:
        units = [field.unit for field in fields]
        rows.single("point_ap", name, ap, units, segmenter)
