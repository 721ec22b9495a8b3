"""Precision, recall, density and coverage against a loop, and where they must be 1 or 0."""

import numpy as np
import pytest

from cytoforge.metrics.realism.manifold import manifold


def by_loops(real: np.ndarray, made: np.ndarray, k: int) -> tuple[float, float, float, float]:
    """The definitions of the two papers, pair by pair."""

    def far(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.sqrt(((a - b) ** 2).sum()))

    def reach(points: np.ndarray) -> list[float]:
        return [sorted(far(a, b) for b in points)[k] for a in points]

    balls, others = reach(real), reach(made)
    inside = [[far(a, b) <= ball for a, ball in zip(real, balls, strict=True)] for b in made]
    back = [[far(a, b) <= ball for b, ball in zip(made, others, strict=True)] for a in real]
    precision = sum(any(row) for row in inside) / len(made)
    recall = sum(any(row) for row in back) / len(real)
    density = sum(sum(row) for row in inside) / (k * len(made))
    coverage = sum(any(row[i] for row in inside) for i in range(len(real))) / len(real)
    return precision, recall, density, coverage


def means(real: np.ndarray, made: np.ndarray, k: int) -> tuple[float, ...]:
    found = manifold(real, made, k)
    return tuple(
        float(each.mean())
        for each in (found.precision, found.recall, found.density, found.coverage)
    )


@pytest.mark.parametrize("k", [1, 3])
def test_they_are_what_the_papers_define(k: int):
    random = np.random.default_rng(3)
    real, made = random.normal(size=(9, 2)), random.normal(0.8, 0.7, size=(7, 2))
    found = means(real, made, k)
    assert found == pytest.approx(by_loops(real, made, k))
    assert 0 < found[0] < 1  # neither all nor nothing


def test_a_set_is_all_that_it_can_be_itself():
    points = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    precision, recall, density, coverage = means(points, points, 3)
    assert (precision, recall, coverage) == (1, 1, 1)
    assert density >= 1  # each lies in its own ball and in those of its neighbours


def test_equal_rows_lie_within_one_another():
    points = np.ones((6, 3))
    assert means(points, points, 2) == (1, 1, 3, 1)


def test_sets_far_from_each_other_share_nothing():
    points = np.random.default_rng(0).normal(size=(20, 4))
    assert means(points, points + 100, 3) == (0, 0, 0, 0)


def test_one_good_image_again_and_again_is_precise_and_recalls_nothing():
    real = np.arange(20.0)[:, None]
    precision, recall, density, coverage = means(real, np.full((20, 1), 10.2), 3)
    assert (precision, recall) == (1, 0)
    assert density >= 1
    assert coverage < 0.5


def test_fewer_rows_than_neighbours_are_an_error():
    with pytest.raises(ValueError, match="5 neighbours need more rows"):
        manifold(np.zeros((5, 2)), np.zeros((9, 2)), 5)
