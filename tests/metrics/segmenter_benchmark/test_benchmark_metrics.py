"""Scores of several fields: what is a mean over them, what is pooled, and who is better."""

import numpy as np
import pytest

from cytoforge.metrics.ranking import rank
from cytoforge.metrics.segmenter_benchmark.benchmark_metrics import (
    BY_NAME,
    METRICS,
    estimate,
    of_threshold,
)
from cytoforge.metrics.segmenter_benchmark.field_counts import FieldCounts, count_field


def row(*ids: int) -> np.ndarray:
    """A field of one row, each id four pixels wide."""
    return np.repeat(np.array(ids), 4)[None]


# Field 1: one of one nucleus found. Field 2: one of three, and one where there is none.
FIELDS = [
    count_field(row(1, 0, 0, 0), row(1, 0, 0, 0)),
    count_field(row(1, 2, 3, 0), row(1, 0, 0, 7)),
]
UNITS = np.array(["a", "b"])


def value(name: str, fields: list[FieldCounts] = FIELDS) -> float:
    found = estimate(BY_NAME[name], "x", fields, UNITS[: len(fields)], 0.95).value
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("f1", (1 + 2 / 5) / 2),
        ("f1_pooled", 2 * 2 / (2 * 2 + 1 + 2)),
        ("ap", (1 + 1 / 4) / 2),
        ("pq", (1 + 1 / (1 + 0.5 + 1)) / 2),
        ("aji", (1 + 4 / 16) / 2),
        ("seg", 2 / 4),
        ("split", 0),
        ("pixel_precision", 8 / 12),
        ("pixel_recall", 8 / 16),
        ("pixel_f1", 2 * 8 / (12 + 16)),
        ("pixel_iou", 8 / 20),
        ("pixel_miou", (8 / 20 + 12 / 24) / 2),
    ],
)
def test_a_score_is_what_its_definition_says(name: str, expected: float):
    assert value(name) == pytest.approx(expected)


# Cells in the figure of the original benchmark, digitised to ±0.002: "AP", recall, F1 and mean IoU.
ORIGINAL = {
    "Cellpose": (0.897, 0.736, 0.808, 0.805),
    "DeepCell": (0.896, 0.749, 0.816, 0.812),
    "CellProfiler": (0.756, 0.771, 0.763, 0.763),
}


@pytest.mark.parametrize("tool", ORIGINAL)
def test_the_original_figures_come_from_pixels_of_which_17_percent_are_cells(tool: str):
    """From "AP" as precision, and recall, follow the two other columns of all three tools."""
    precision, recall, f1, miou = ORIGINAL[tool]
    tp = recall * 0.169
    fp, fn = tp / precision - tp, 0.169 - tp
    tp_px, fp_px, fn_px, tn_px = np.rint(1e6 * np.array([tp, fp, fn, 1 - tp - fp - fn])).astype(int)
    nothing = dict.fromkeys(("n_true", "n_found", "split", "merged"), 0)
    counts = FieldCounts(
        **nothing, tp=(0,) * 10, aji=np.nan, aji_plus=np.nan, pq=np.nan, seg_sum=0.0,
        pixel_tp=tp_px, pixel_fp=fp_px, pixel_fn=fn_px, pixel_tn=tn_px,
    )  # fmt: skip
    assert value("pixel_precision", [counts]) == pytest.approx(precision, abs=1e-4)
    assert value("pixel_f1", [counts]) == pytest.approx(f1, abs=0.003)
    assert value("pixel_miou", [counts]) == pytest.approx(miou, abs=0.003)
    assert abs(value("pixel_iou", [counts]) - miou) > 0.1  # not that of the foreground


def test_objects_split_and_merged_are_counted_per_hundred_true_ones():
    halves = count_field(row(1, 1, 2), row(8, 9, 2))
    assert value("split", [halves]) == 50
    joined = count_field(row(8, 9, 2), row(1, 1, 2))
    assert value("merged", [joined]) == pytest.approx(100 / 3)


def test_thresholds_fall():
    shifted = count_field(row(1, 1, 1, 0), np.roll(row(1, 1, 1, 0), 2))  # IoU 10 / 14 = 0.71
    at = [of_threshold("ap", k).of_field(shifted) for k in range(10)]
    assert at == [1] * 5 + [0] * 5  # 0.50 to 0.70


def test_a_field_without_objects_has_no_aji_and_does_not_count():
    nothing = count_field(row(0), row(0))
    assert value("aji", [FIELDS[0], nothing]) == 1
    alone = estimate(BY_NAME["aji"], "x", [nothing], UNITS[:1], 0.95)
    assert (alone.value, alone.status) == (None, "no field has an object")


def many(found: np.ndarray, count: int = 8) -> list[FieldCounts]:
    """Fields of which every second has one more nucleus, so that they are not all alike."""
    truths = [row(1, 2, 3, 0, 4 * (k % 2)) for k in range(count)]
    return [count_field(truth, found) for truth in truths]


def test_of_eight_fields_the_better_is_significantly_better_and_of_three_nobody_says():
    found = {"good": row(1, 2, 3, 0, 0), "bad": row(1, 0, 0, 9, 0)}
    for count, ranks, significant in (
        (8, {"good": 1, "bad": 2}, True),
        (3, {"good": None, "bad": None}, None),
    ):
        units = np.array([f"i{k}" for k in range(count)])
        estimates = [
            estimate(METRICS[0], name, many(one, count), units, 0.95) for name, one in found.items()
        ]
        ranking = rank(METRICS[0].metric, estimates, 0.95)
        assert ranking.ranks == ranks
        assert ranking.differences[0].significant is significant
