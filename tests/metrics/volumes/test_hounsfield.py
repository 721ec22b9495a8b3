"""Scores of a made CT against the real one, on arrays an eye can check."""

from math import inf, isnan, log10

import numpy as np
import pytest

from cytoforge.metrics.volumes.hounsfield import Differences, OrganSums

REAL = np.zeros((2, 2, 2))
BODY = np.array([[[1, 1], [0, 0]], [[1, 1], [0, 0]]], bool)


def differences(made: np.ndarray, real: np.ndarray) -> Differences:
    """Return the differences of volumes that are given slice by slice."""
    found = Differences()
    for one in zip(made, real, BODY, strict=True):
        found.add(*one)
    return found


def test_only_the_body_counts():
    made = REAL.copy()
    made[0, 0, 0] = 40
    made[0, 1, 0] = 500  # outside
    found = differences(made, REAL)
    assert found.mae == 10
    assert found.psnr_db == pytest.approx(10 * log10(4024**2 / 400))


def test_for_psnr_values_are_clipped_as_the_challenge_does():
    assert differences(REAL - 5000, REAL - 1024).psnr_db == inf
    found = differences(REAL + 5000, REAL + 2990)
    assert found.psnr_db == pytest.approx(10 * log10(4024**2 / 100))
    assert found.mae == 2010


def test_a_volume_against_itself():
    found = differences(REAL, REAL)
    assert (found.mae, found.psnr_db) == (0, inf)


def test_an_empty_body_and_other_shapes_are_told():
    assert isnan(Differences().mae) and isnan(Differences().psnr_db)
    with pytest.raises(ValueError, match="differ"):
        differences(REAL[:, :1], REAL)


def test_an_organ_has_a_mean_and_slices_that_scatter():
    """Label 9 is 10 and 30 in the first slice, 60 and 80 in the second."""
    sums = OrganSums()
    sums.add(np.array([[10, 30], [0, 5]]), np.array([[9, 9], [0, 530]]))
    sums.add(np.array([[60, 80], [0, 5]]), np.array([[9, 9], [0, 0]]))
    nine, other = sums.organs()
    assert (nine.label, nine.voxels, nine.mean) == (9, 4, 45)
    assert nine.sd == pytest.approx(np.std([10, 30, 60, 80]))
    assert nine.sd_of_slices == 25  # means of slices: 20 and 70
    assert (other.label, other.voxels, other.mean) == (530, 1, 5)
    assert (other.sd, other.sd_of_slices) == (0, 0)
