"""Precision, recall, F1 and AP of points, by hand and beside scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import auc

from cytoforge.metrics.point_scores import PointField, average_precision, point_table

TRUTH = np.array([[10.0, 10.0], [10.0, 20.0], [10.0, 30.0]])
EMPTY = np.empty((0, 2))


def field(unit: str, found: np.ndarray, confidence: list[float] | None = None) -> PointField:
    sure = None if confidence is None else np.array(confidence)
    return PointField(unit, TRUTH, found, sure, (40.0, 40.0))


def test_a_sweep_pooled_and_per_patient():
    near = TRUTH[:2] + np.array([0.0, 1.5])
    table = point_table([field("b", near), field("a", EMPTY)], [1.0, 3.0], 0.95, "patient")
    assert table["unit"].tolist() == ["all", "a", "b", "all", "a", "b"]
    assert table["tp"].tolist() == [0, 0, 0, 2, 0, 2]
    pooled = table.iloc[3]
    assert (pooled["precision"], pooled["recall"]) == pytest.approx((1, 1 / 3))
    assert pooled["f1"] == pytest.approx(2 * 2 / (2 + 6))
    assert (pooled["interval"], pooled["unit_values"]) == ("range of 2 patients", "0 0.8")


def test_six_patients_have_an_interval():
    fields = [field(str(k), TRUTH[: 1 + k % 3]) for k in range(6)]
    pooled = point_table(fields, [3.0], 0.95, "patient").iloc[0]
    assert pooled["interval"] == "95 % t interval of 6 patients"
    assert pooled["low"] < pooled["f1"] < pooled["high"]


def test_what_lies_at_the_edge_is_left_out_in_a_column_of_its_own():
    extra = np.vstack([TRUTH, [[0.5, 0.5]]])  # at the corner, where annotators do not look
    row = point_table([field("a", extra)], [3.0], 0.95).iloc[0]
    assert row["f1"] == pytest.approx(6 / 7)
    assert row["f1_without_edge"] == 1


def test_average_precision_by_hand():
    # Most sure first: right, wrong, right; the last true point is never found.
    found = np.vstack([TRUTH[:1], [[35.0, 35.0]], TRUTH[1:2]])
    value = average_precision([field("a", found, [0.9, 0.8, 0.7])], 3.0)
    assert value == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3)
    steps = auc([0, 1 / 3, 1 / 3, 2 / 3], [1, 1, 2 / 3, 2 / 3])
    assert value == pytest.approx(steps)


def test_a_second_point_on_a_true_one_is_wrong():
    found = np.vstack([TRUTH[:1], TRUTH[:1]])
    assert average_precision([field("a", found, [0.9, 0.5])], 3.0) == pytest.approx(1 / 3)


@pytest.mark.parametrize("confidence", [None, [1.0, 1.0]])
def test_without_a_confidence_there_is_no_average_precision(confidence: list[float] | None):
    assert average_precision([field("a", TRUTH[:2], confidence)], 3.0) is None
