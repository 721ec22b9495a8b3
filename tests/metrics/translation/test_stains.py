"""Densities, masks of DAB and the two normalisers, beside scikit-image and known stains."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from skimage.color import rgb2hed

from cytoforge.metrics.translation.kept_nuclei import cycle_error
from cytoforge.metrics.translation.macenko import macenko, stain_basis
from cytoforge.metrics.translation.positive_stain import (
    MASK_SCORES,
    fraction_distance,
    hausdorff_95,
    mask_counts,
    positive_fractions,
)
from cytoforge.metrics.translation.reinhard import colour_statistics, reinhard
from cytoforge.segmentation.stain_density import (
    POSITIVE,
    VECTORS,
    dab_amount,
    mean_densities,
    optical_density,
    stain_densities,
)
from tests.metrics.translation.fields import disks, photograph, stained

UNIT = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)


def noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 256, (40, 50, 3), np.uint8)


def test_densities_are_those_of_scikit_image_where_there_is_stain():
    rgb = noise()
    wanted, found = rgb2hed(rgb) * 6, stain_densities(rgb)  # in decades; clipped at 0
    assert found[wanted > 0] == pytest.approx(wanted[wanted > 0], abs=1e-5)
    assert (found[wanted == 0] < 1e-5).all()


def test_the_published_mask_of_dab():
    rgb = stained(disks(), 0, brown=2)
    positive = dab_amount(stain_densities(rgb)) > POSITIVE
    assert (positive == (rgb2hed(rgb)[..., 2] > 0.07)).all()
    assert (positive == np.isin(disks(), (1, 2))).all()


def test_known_densities_come_back():
    rgb = photograph(np.broadcast_to([0.5, 0.25, 0.125], (4, 4, 3)))
    assert mean_densities(stain_densities(rgb)) == pytest.approx(
        {"haematoxylin": 0.5, "eosin": 0.25, "dab": 0.125}, abs=0.02
    )


def test_masks_by_hand():
    real, made = np.array([[1, 1, 0, 0]], bool), np.array([[1, 0, 1, 0]], bool)
    counts = mask_counts(real, made)
    assert counts.tolist() == [1, 1, 1, 1]
    values = {name: float(one.of(counts)) for name, one in MASK_SCORES.items()}
    assert values == pytest.approx({"dice": 0.5, "jaccard": 1 / 3, "tpr": 0.5, "tnr": 0.5})
    nothing = mask_counts(np.zeros((2, 2), bool), np.zeros((2, 2), bool))
    assert np.isnan(MASK_SCORES["tpr"].of(nothing))
    assert float(MASK_SCORES["tnr"].of(nothing)) == 1


def test_edges_lie_as_far_apart_as_a_mask_was_moved():
    real, made = np.zeros((2, 40, 60), bool)
    real[10:20, 10:20] = made[10:20, 13:23] = True
    assert hausdorff_95(real, made) == hausdorff_95(made, real) == 3
    assert hausdorff_95(real, real) == 0
    made[35, 55] = True  # one pixel of 37 is no 5 %
    assert hausdorff_95(real, made) == 3


def test_a_mask_without_a_pixel_is_as_far_as_the_field_is_wide():
    empty, some = np.zeros((30, 40), bool), np.ones((30, 40), bool)
    assert hausdorff_95(empty, some) == hausdorff_95(some, empty) == 50
    assert np.isnan(hausdorff_95(empty, empty))


def test_positive_fractions_fall_with_the_threshold():
    rgb = stained(disks(), 0, brown=4)
    fractions = positive_fractions(dab_amount(stain_densities(rgb)), (0.01, 0.07, 0.3))
    assert fractions[0.07] == (disks() > 0).mean()
    assert fractions[0.01] >= fractions[0.07] > fractions[0.3] == 0
    assert fraction_distance([0.0, 0.5], [0.1, 0.6]) == 0.1


def test_reinhard_gives_the_targets_mean_and_spread():
    random = np.random.default_rng(1).random((2, 40, 40, 3))
    source = photograph(0.2 * random[0] + 0.1)
    target = photograph(0.3 * random[1] + np.array([0.4, 0.1, 0.05]))
    wanted = colour_statistics([target])
    found = colour_statistics([reinhard(source, wanted)])
    assert found.mean == pytest.approx(wanted.mean, abs=0.002)
    assert found.sd == pytest.approx(wanted.sd, rel=0.05)


def test_reinhards_axes_have_no_colour_where_there_is_none():
    grey = np.full((2, 2, 3), 128, np.uint8)
    mean = colour_statistics([grey]).mean
    assert mean[0] == pytest.approx(np.sqrt(3) * np.log10(128 / 255), abs=0.01)
    assert mean[1:] == pytest.approx([0, 0], abs=0.01)
    assert (reinhard(grey, colour_statistics([grey])) == grey).all()


def two_stains(colours: np.ndarray, strength: float, seed: int = 3) -> np.ndarray:
    """Return a photograph in which many pixels hold one of two stains alone."""
    random = np.random.default_rng(seed)
    amounts = strength * random.uniform(0.5, 1, (60, 60, 2))
    amounts[:20, :, 0], amounts[20:40, :, 1] = 0, 0
    return np.rint(255 * 10.0 ** -(amounts @ colours)).astype(np.uint8)


def turned(colours: np.ndarray, degrees: float) -> np.ndarray:
    """Return stains of slightly other colours, as of another laboratory."""
    return Rotation.from_euler("z", degrees, degrees=True).apply(colours)


def test_macenko_finds_the_stains_of_an_image():
    colours = UNIT[[0, 2]]
    basis = stain_basis([two_stains(colours, 1.2)], "dab")
    assert not basis.fixed
    angles = np.degrees(np.arccos(np.clip((basis.vectors * colours).sum(1), -1, 1)))
    assert angles.max() < 2
    assert basis.strengths == pytest.approx([1.2, 1.2], rel=0.05)


def test_macenko_gives_the_colours_and_strengths_of_the_target():
    ours, theirs = UNIT[[0, 2]], turned(UNIT[[0, 2]], 6)
    source, wanted = two_stains(ours, 0.8), two_stains(theirs, 1.1)
    found = macenko(source, stain_basis([wanted], "dab"), "dab")
    assert cycle_error(found, wanted) < 4 < cycle_error(source, wanted)


def test_a_nearly_empty_field_is_not_blown_up():
    empty = np.full((60, 60, 3), 250, np.uint8)
    assert stain_basis([empty]).fixed
    found = macenko(empty, stain_basis([two_stains(UNIT[[0, 1]], 1.2)]))
    assert optical_density(found).max() < 0.05
