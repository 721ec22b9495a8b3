"""Where spots lie: inside their objects, as many and as bright as asked."""

import numpy as np
import pytest

from cytoforge.config.spots import SpotsConfig
from cytoforge.errors import UserError
from cytoforge.seeds import generator
from cytoforge.spots.positions import Spots, draw_spots
from tests.spots.fields import three_cells

CELLS = three_cells()


def drawn(seed: int = 1, **settings) -> Spots:
    config = SpotsConfig.model_validate({"sigma_px": 1.0, **settings})
    return draw_spots(CELLS, config, generator(seed, "test"))


def label_at(spots: Spots, name: str = "cells") -> np.ndarray:
    row, col = np.rint(spots.points).astype(int).T
    return CELLS[name][row, col]


@pytest.mark.parametrize("placement", ["uniform", "clusters", "near_nucleus"])
def test_every_spot_lies_in_the_object_that_the_truth_names(placement):
    spots = drawn(placement=placement, per_object=200)
    assert len(spots) > 400
    np.testing.assert_array_equal(label_at(spots), spots.cell)


def test_spots_of_the_cytoplasm_lie_in_no_nucleus():
    spots = drawn(objects="cytoplasm", per_object=200)
    assert not label_at(spots, "nuclei").any() and (label_at(spots) == spots.cell).all()


def test_positions_are_parts_of_a_pixel():
    spots = drawn(per_object=300)
    part = spots.x - np.rint(spots.x)
    assert abs(part.mean()) < 0.05 and part.std() == pytest.approx(np.sqrt(1 / 12), rel=0.1)


def test_uniform_spots_lie_in_proportion_to_area():
    """Half of a disk's area lies beyond 0.71 of its radius."""
    spots = drawn(counts="fixed", per_object=2000)
    first = spots.cell == 1
    far = np.hypot(spots.x[first] - 25, spots.y[first] - 25) > 18 * np.sqrt(0.5)
    assert far.mean() == pytest.approx(0.5, abs=0.04)


def test_spots_near_the_nucleus_are_nearer_than_uniform_ones():
    near, uniform = (
        np.hypot(spots.x - 25, spots.y - 25)[spots.cell == 1].mean()
        for spots in (
            drawn(objects="cytoplasm", placement=how, per_object=300)
            for how in ("near_nucleus", "uniform")
        )
    )
    assert near < uniform - 1.5


@pytest.mark.parametrize(
    ("settings", "mean", "variance"),
    [
        ({"counts": "fixed"}, 20, 0),
        ({"counts": "poisson"}, 20, 20),
        ({"counts": "negative_binomial", "dispersion": 4}, 20, 20 + 20**2 / 4),
    ],
)
def test_counts_have_the_mean_and_variance_of_their_distribution(settings, mean, variance):
    counts = np.concatenate(
        [
            np.bincount(drawn(seed, per_object=20, **settings).cell, minlength=4)[1:]
            for seed in range(150)
        ]
    )
    assert counts.mean() == pytest.approx(mean, rel=0.06)
    assert counts.var() == pytest.approx(variance, rel=0.25)


def test_photons_are_log_normal():
    spots = drawn(per_object=3000, photons=500, photons_cv=0.5)
    assert spots.photons.mean() == pytest.approx(500, rel=0.03)
    assert spots.photons.std() / spots.photons.mean() == pytest.approx(0.5, rel=0.06)
    logs = np.log(spots.photons)
    skewness = ((logs - logs.mean()) ** 3).mean() / logs.std() ** 3
    assert abs(skewness) < 0.1


def test_some_objects_alone_have_spots_where_asked():
    assert len(set(drawn(share=0.34, per_object=50).cell.tolist())) == 1
    assert len(set(drawn(most_objects=2, per_object=50).cell.tolist())) == 2


def test_depth_is_within_the_cell_and_zero_without():
    deep = drawn(depth_um=2.0, per_object=300)
    assert deep.z.min() < -0.8 and 0.8 < deep.z.max() <= 1.0
    assert not drawn().z.any()


def test_a_stretched_cluster_follows_the_long_axis_of_its_cell():
    many = [drawn(seed, placement="clusters", counts="fixed", per_object=300) for seed in range(4)]
    for one in many:
        long, small = (
            np.cov(one.x[one.cell == key], one.y[one.cell == key]).diagonal() for key in (2, 3)
        )
        assert long[0] > 6 * long[1]  # the second cell lies along x
        assert max(small) < 3 * min(small)  # the third is round


def test_the_preset_draws_five_clusters_at_most_dimmer_outwards():
    spots = drawn(preset="cellgen")
    assert np.bincount(spots.cell).tolist() == [0, 42, 42, 42]  # of three cells, three
    assert spots.photons.max() <= 400 and spots.photons.min() >= 400 * (1 - 0.2158)
    assert len(np.unique(spots.photons)) > 100


def test_clusters_draw_independently_of_one_another():
    """The original used the same rows for four of its five clusters."""
    spots = drawn(preset="cellgen", **{"clusters": {"shape": "round"}})
    first, third = (spots.x[spots.cell == key] for key in (1, 3))
    a, b = first - first.mean(), third - third.mean()
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.5


def test_the_same_seed_gives_the_same_spots_and_another_gives_others():
    one, same, other = drawn(7), drawn(7), drawn(8)
    np.testing.assert_array_equal(one.points, same.points)
    np.testing.assert_array_equal(one.photons, same.photons)
    assert len(one) != len(other) or (one.points != other.points).any()


def test_an_image_without_spots_is_an_image():
    assert len(drawn(per_object=0)) == 0


def test_objects_that_are_not_there_are_named():
    with pytest.raises(UserError, match="a plane of vesicles"):
        drawn(objects="vesicles")
