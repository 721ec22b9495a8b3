"""The table: distances against SciPy's, chance by maps, and the answer beside uniform placement."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wasserstein_distance

from cytoforge.metrics.map_quality.map_distances import (
    FLOOR,
    MADE,
    UNIFORM,
    MeasuredMaps,
    distance_table,
)
from cytoforge.metrics.map_quality.map_fields import Sample, evenly
from cytoforge.metrics.map_quality.map_measures import MapMeasure
from cytoforge.metrics.map_quality.map_verdicts import against_uniform, map_verdicts

AREA = MapMeasure("cells area", "cells", "area", "area of cells", "px", "")


def maps(*values: list[float]) -> MeasuredMaps:
    samples = [{AREA.key: evenly(np.array(one, float))} for one in values]
    return MeasuredMaps([f"map{k}" for k in range(len(values))], samples)


def rows(**series: MeasuredMaps) -> pd.DataFrame:
    return distance_table(maps([1, 2, 3], [2, 3, 4]), series, [AREA], 0.95).set_index("series")


def test_the_distance_is_that_of_all_maps_together_in_the_measures_unit():
    found = rows(made=maps([2, 3], [5]))
    expected = wasserstein_distance([2, 3, 5], [1, 2, 3, 2, 3, 4])
    assert found.loc[MADE, "value"] == pytest.approx(expected)
    assert found.loc[MADE, "value_sd"] == pytest.approx(expected / np.std([1, 2, 3, 2, 3, 4]))
    assert found.loc[MADE, ["mean", "real_mean", "n", "n_maps"]].tolist() == [10 / 3, 2.5, 3, 2]


def test_weights_count():
    sample = Sample(np.array([0.0, 10.0]), np.array([3.0, 1.0]))
    found = distance_table(
        maps([0]), {MADE: MeasuredMaps(["a"], [{AREA.key: sample}])}, [AREA], 0.95
    )
    assert found["value"].tolist() == [2.5]


def test_fewer_than_six_maps_are_single_values():
    row = rows(made=maps([2], [4])).loc[MADE]
    assert row["interval"] == "range of 2 maps"
    assert row["unit_values"] == "0.833333 1.5"
    assert np.isnan(row["chance_sd"])


def test_six_maps_give_a_t_interval_around_the_value():
    row = rows(made=maps(*[[k, k + 1.0] for k in range(6)])).loc[MADE]
    assert row["interval"] == "95 % t interval of 6 maps"
    assert 0 <= row["low"] < row["value"] < row["high"]
    assert row["high"] - row["value"] == pytest.approx(2.5706 * row["chance_sd"], rel=1e-4)


def test_a_measure_that_is_nothing_everywhere_has_no_row():
    assert not len(distance_table(maps([0, 0]), {MADE: maps([0])}, [AREA], 0.95))


def test_maps_without_objects_have_no_distance():
    row = rows(made=maps([], [])).loc[MADE]
    assert np.isnan(row["value"]) and row["status"].startswith("undefined")


@pytest.mark.parametrize(
    ("made", "uniform", "answer"),
    [
        *((1.0, 2.0, "nearer"), (2.0, 1.0, "farther"), (1.0, 1.0, "alike"), (0.4, 0.3, "alike")),
        (np.nan, 1.0, "farther"),  # there is nothing to measure in the drawn maps
    ],
)
def test_few_maps_are_compared_by_their_values_and_none_is_asked_to_beat_the_floor(
    made: float, uniform: float, answer: str
):
    table = distances({MADE: (made, np.nan), UNIFORM: (uniform, np.nan), FLOOR: (0.5, np.nan)})
    assert list(against_uniform(table, 0.95).values()) == [answer]


@pytest.mark.parametrize(("sd", "answer"), [(0.1, "farther"), (0.3, "alike")])
def test_a_difference_within_chance_is_none(sd: float, answer: str):
    # Of 8 maps each t is 2.36: 0.8 is beyond 2.36 · 0.14 and within 2.36 · 0.42.
    table = distances({MADE: (1.8, sd), UNIFORM: (1.0, sd), FLOOR: (0.5, np.nan)})
    assert list(against_uniform(table, 0.95).values()) == [answer]


def test_the_verdict_counts_and_names_what_is_farther():
    table = distances({MADE: (2.0, np.nan), UNIFORM: (1.0, np.nan), FLOOR: (0.5, np.nan)})
    layout, real = map_verdicts(table, 0.95)
    assert layout.passed is False
    assert (
        layout.text.startswith("In 0 of 1 measures nearer") and "1 farther: area of" in layout.text
    )
    assert real.passed is False and real.text.startswith("In 0 of 1 measures as near")


def test_without_uniform_placement_nothing_is_said():
    layout, _ = map_verdicts(distances({MADE: (1.0, np.nan), FLOOR: (1.0, np.nan)}), 0.95)
    assert layout.passed is None


def distances(values: dict[str, tuple[float, float]]) -> pd.DataFrame:
    return pd.DataFrame([
        {"measure": AREA.key, "label": AREA.label, "series": name, "value": value}
        | {"chance_sd": sd, "n_maps": 8}
        for name, (value, sd) in values.items()
    ])  # fmt: skip
