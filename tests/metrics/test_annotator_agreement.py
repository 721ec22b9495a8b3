"""Agreement of annotators, by hand."""

import numpy as np
import pytest

from cytoforge.metrics.annotator_agreement import agreement_rows

NEAR = np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]])


@pytest.fixture
def rows() -> dict[tuple[str, str, str], tuple]:
    """b misses one of a's three and has another one; c has marked nothing; of tile 2 nobody."""
    b = np.array([[1.0, 0.0], [12.0, 0.0], [50.0, 0.0], [60.0, 0.0]])
    nothing = np.empty((0, 2))
    tiles = {"1": {"a": NEAR, "b": b, "c": nothing}, "2": dict.fromkeys("ab", nothing)}
    return {row[1:4]: row[5:] for row in agreement_rows({"hidden": tiles}, 3.0)}


def test_f1_is_of_the_points_of_both(rows):
    assert rows["1", "a", "b"] == (3, 4, 2, pytest.approx(4 / 7))
    assert rows["1", "a", "c"] == (3, 0, 0, 0.0)


def test_of_no_points_at_all_there_is_none(rows):
    assert rows["2", "a", "b"] == (0, 0, 0, None)


def test_each_annotator_is_held_against_all_others(rows):
    assert rows["all", "b", "all"] == (8, 3, 2, pytest.approx(4 / 11))
    assert rows["all", "all", "all"][2:] == (2, pytest.approx(4 / 14))
