"""What chance does to scores of volumes goes by the patient."""

import numpy as np
import pytest
from scipy import stats

from cytoforge.metrics.volumes.over_volumes import MEASURES, SUMMARY_COLUMNS, over_volumes

COLUMNS = ["volume", "unit", "method", "measured_in", *MEASURES]


def summary(values: dict[str, list[float]]) -> dict[str, object]:
    """Return the row of `mae` of volumes with these values by patient."""
    rows = [
        [f"{unit}_{k}", unit, "made", "HU", value, *[""] * (len(MEASURES) - 1)]
        for unit, known in values.items()
        for k, value in enumerate(known)
    ]
    (row,) = over_volumes(COLUMNS, rows, 0.95, "patient")
    return dict(zip(SUMMARY_COLUMNS, row, strict=True))


def test_two_volumes_of_one_patient_are_one_unit():
    row = summary({"p1": [10, 20]})
    assert (row["value"], row["units"], row["low"], row["interval"]) == ("15", 1, "", "")


def test_a_few_patients_are_listed():
    row = summary({"p1": [10, 20], "p2": [40], "p3": [2]})
    assert row["interval"] == "range of 3 patients"
    assert row["unit_values"] == "15 40 2"


def test_six_patients_have_a_t_interval():
    values = [3.0, 5, 4, 9, 6, 1]
    row = summary({f"p{k}": [value] for k, value in enumerate(values)})
    low, high = stats.t.interval(0.95, 5, np.mean(values), stats.sem(values))
    assert float(str(row["low"])) == pytest.approx(low, rel=1e-5)
    assert float(str(row["high"])) == pytest.approx(high, rel=1e-5)
    assert row["interval"] == "95 % t interval of 6 patients"


def test_values_of_ct_and_of_mr_make_no_mean():
    rest = [""] * (len(MEASURES) - 1)
    rows = [["ct", "p1", "made", "HU", 40, *rest], ["mr", "p1", "made", "grey values", 2, *rest]]
    found = [row[:4] for row in over_volumes(COLUMNS, rows, 0.95, "patient")]
    assert found == [["made", "HU", "mae", "40"], ["made", "grey values", "mae", "2"]]
