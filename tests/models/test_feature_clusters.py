import numpy as np

from cytoforge.models.pix2pixhd.feature_clusters import clusters_by_code, weighted_centres


def test_clusters_of_clear_groups_are_their_means():
    random = np.random.default_rng(0)
    groups = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]])
    points = np.repeat(groups, [30, 20, 10], axis=0) + random.normal(0, 0.1, (60, 2))
    centres = weighted_centres(points, np.ones(60), 3, np.random.default_rng(1))
    np.testing.assert_allclose(centres, groups, atol=0.1)  # heaviest first


def test_large_regions_count_more():
    points = np.array([[0.0], [1.0]])
    centres = weighted_centres(points, np.array([3, 1]), 1, np.random.default_rng(0))
    np.testing.assert_allclose(centres, [[0.25]])


def test_there_are_no_more_clusters_than_different_looks():
    points = np.array([[1.0], [1.0], [2.0]])
    centres = weighted_centres(points, np.ones(3), 10, np.random.default_rng(0))
    assert centres.tolist() == [[1.0], [2.0]]


def test_each_code_has_its_own_and_a_seed_means_the_same():
    random = np.random.default_rng(0)
    features, codes = random.normal(size=(40, 3)), np.repeat([2, 5], 20)
    features[20:] += 10
    first, second, other = (
        clusters_by_code(features, np.ones(40, int), codes, 3, seed) for seed in (1, 1, 2)
    )
    assert first == second != other
    assert set(first) == {"2", "5"}
    assert np.max(first["2"]) < 5 < np.min(first["5"])
