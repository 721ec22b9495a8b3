"""Points keep the distances that they are given, and lie at random where they are given none."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from cytoforge.map_sources.sources.shapes import pair_potential
from cytoforge.map_sources.sources.shapes.layout import Potential, grid_shape, lay_out
from cytoforge.map_sources.sources.shapes.pair_correlation import pair_correlation

EDGES = np.arange(11) * 4.0


def pairs_slowly(points: np.ndarray, low: float, high: float) -> int:
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    return int(((apart > low) & (apart <= high)).sum())


def test_pairs_are_counted_as_one_by_one():
    points = np.random.default_rng(0).uniform(0, 100, (40, 2))
    r, width = 10.0, 4.0
    covered = 100**2 - 2 * r * 200 / np.pi + r**2 / np.pi
    expected = 40 * 39 / 100**4 * 2 * np.pi * r * width * covered
    found = pair_correlation([(points, (100.0, 100.0))], EDGES)
    assert found[2] == pytest.approx(pairs_slowly(points, 8, 12) / expected)


def test_points_at_random_have_no_correlation():
    random = np.random.default_rng(1)
    patterns = [(random.uniform(0, 200, (300, 2)), (200.0, 200.0)) for _ in range(20)]
    np.testing.assert_allclose(pair_correlation(patterns, EDGES), 1, atol=0.08)


def test_hard_cores_do_not_overlap():
    core = Potential(2.0, np.array([8.0] * 6 + [0.0] * 4))
    points = lay_out(60, grid_shape((160, 160), 2.0), core, np.random.default_rng(2))
    nearest = cKDTree(points).query(points, 2)[0][:, 1]
    assert len(points) == 60
    assert nearest.min() > 10


def test_points_lie_where_they_may_and_the_same_numbers_give_the_same_points():
    free = Potential(2.0, np.zeros(4))
    allowed = np.zeros((50, 50), bool)
    allowed[:, 30:] = True
    first, second = (
        lay_out(40, (50, 50), free, np.random.default_rng(3), allowed) for _ in range(2)
    )
    assert first[:, 1].min() >= 60
    assert first.tobytes() == second.tobytes()


def test_a_potential_lays_points_out_as_those_it_was_fitted_to(monkeypatch: pytest.MonkeyPatch):
    """Of a shaken grid with holes: no pair within 12 px, hardly one at 32, many at 40."""
    monkeypatch.setattr(pair_potential, "_ITERATIONS", 9)
    monkeypatch.setattr(pair_potential, "_TRIAL", 20.0)
    random = np.random.default_rng(4)
    grid = np.stack(np.meshgrid(*[np.arange(10, 400, 20)] * 2), -1).reshape(-1, 2)
    shaken = [grid + random.uniform(-3, 3, grid.shape) for _ in range(2)]
    patterns = [(points[random.random(400) < 0.7], (400, 400)) for points in shaken]
    fitted = pair_potential.fit_potential(patterns, 16.0, seed=1)
    points = lay_out(280, grid_shape((400, 400), 2.0), fitted, random)
    edges = np.array([0.0, 12.0, 16.0, 24.0, 30.0, 34.0, 38.0, 44.0])
    wanted = pair_correlation(patterns, edges)
    found = pair_correlation([(points, (400.0, 400.0))], edges, torus=True)
    assert wanted[0] == 0
    assert wanted[4] < 0.6 < 1.4 < wanted[6]
    np.testing.assert_allclose(found, wanted, atol=0.25)


def test_of_all_turns_the_one_nearest_to_the_wanted_correlation_is_kept(
    monkeypatch: pytest.MonkeyPatch,
):
    def fitted(turns: int) -> np.ndarray:
        """Return the energies of a fit whose second turn is right and whose third is far off."""
        told = iter((1.0, 1.5, 1.0, 9.0))  # wanted, and what is found in each turn
        monkeypatch.setattr(
            pair_potential,
            "pair_correlation",
            lambda _, edges, **__: np.full(len(edges) - 1, next(told)),
        )
        monkeypatch.setattr(pair_potential, "_ITERATIONS", turns)
        return pair_potential.fit_potential([(np.ones((9, 2)), (90.0, 90.0))], 10.0, 1).energies

    monkeypatch.setattr(pair_potential, "_GAINS", (0.5, 0.5))
    monkeypatch.setattr(pair_potential, "lay_out", lambda *_: np.ones((1, 2)))
    assert fitted(3).tolist() == fitted(2).tolist()
    assert fitted(2).tolist() != fitted(1).tolist()
