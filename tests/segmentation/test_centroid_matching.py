"""Points matched within a gate, beside every possible assignment."""

import itertools

import numpy as np
import pytest

from cytoforge.segmentation.centroid_matching import centroids, counts_inside, match_points

NONE = np.empty((0, 2))


def best_by_trying(truth: np.ndarray, found: np.ndarray, gate: float) -> tuple[int, float]:
    """Most pairs, then least distance, of all one-to-one choices."""
    distance = np.hypot(*(truth[:, None] - found[None]).transpose(2, 0, 1))
    best = (0, 0.0)
    for order in itertools.permutations(range(len(found)), len(truth)):
        lengths = [distance[i, j] for i, j in enumerate(order) if distance[i, j] <= gate]
        best = max(best, (len(lengths), -sum(lengths)))
    return best


def test_a_far_pair_steals_no_partner():
    # All points at once: the least sum is 0-1 and 1-0 (4 + 4), of which the gate of 3 leaves none.
    truth = np.array([[0.0, 0.0], [0.0, 5.0]])
    found = np.array([[0.0, 5.0 + 4.0], [0.0, 4.0]])
    matching = match_points(truth, found, 3.0)
    assert matching.pairs.tolist() == [[1, 1]]
    assert matching.counts.tolist() == [1, 1, 1]


@pytest.mark.parametrize("seed", range(4))
def test_no_choice_has_more_pairs_or_is_shorter(seed: int):
    random = np.random.default_rng(seed)
    truth, found = random.random((4, 2)) * 6, random.random((6, 2)) * 6
    matching = match_points(truth, found, 2.0)
    count, length = best_by_trying(truth, found, 2.0)
    assert len(matching.pairs) == count
    assert matching.distances.sum() == pytest.approx(-length)


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 2), (3, 0)])
def test_an_empty_side_has_no_partner_at_the_corner(n: int, m: int):
    matching = match_points(np.zeros((n, 2)), np.zeros((m, 2)), 3.0)
    assert matching.counts.tolist() == [0, m, n]


def test_points_at_the_edge_count_as_neither_right_nor_wrong():
    truth = np.array([[5.0, 5.0], [0.5, 5.0], [5.0, 9.0]])
    found = np.array([[5.0, 6.0], [9.5, 5.0], [5.0, 7.5]])  # the third's partner is in the margin
    matching = match_points(truth, found, 2.0)
    assert matching.counts.tolist() == [2, 1, 1]
    assert counts_inside(truth, found, matching, (10.0, 10.0), 2.0).tolist() == [1, 0, 0]
    assert counts_inside(truth, found, matching, (10.0, 10.0), 0.0).tolist() == [2, 1, 1]


def test_a_gate_is_needed_and_points_are_pairs_of_numbers():
    with pytest.raises(ValueError, match="gate"):
        match_points(NONE, NONE, 0.0)
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        match_points(np.zeros((2, 3)), NONE, 1.0)


def test_centroids_are_in_the_order_of_the_ids():
    labels = np.zeros((5, 5), int)
    labels[3:5, 0:2], labels[0, 2:5] = 2, 7
    assert centroids(labels).tolist() == [[3.5, 0.5], [0.0, 3.0]]
    assert centroids(np.zeros((3, 3), int)).shape == (0, 2)
