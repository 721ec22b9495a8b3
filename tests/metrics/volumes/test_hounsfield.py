"""Scores of a made CT against the real one, on arrays an eye can check."""

from math import inf, log10

import numpy as np
import pytest

from cytoforge.metrics.volumes.hounsfield import mae_hu, organs, psnr_hu

REAL = np.zeros((2, 2, 2))
BODY = np.array([[[1, 1], [0, 0]], [[1, 1], [0, 0]]], bool)


def test_only_the_body_counts():
    made = REAL.copy()
    made[0, 0, 0] = 40
    made[0, 1, 0] = 500  # outside
    assert mae_hu(made, REAL, BODY) == 10
    assert psnr_hu(made, REAL, BODY) == pytest.approx(10 * log10(4024**2 / 400))


def test_values_are_clipped_as_the_challenge_does():
    assert mae_hu(REAL - 5000, REAL - 1024, BODY) == 0
    assert mae_hu(REAL + 5000, REAL + 2990, BODY) == 10


def test_a_volume_against_itself():
    assert (mae_hu(REAL, REAL, BODY), psnr_hu(REAL, REAL, BODY)) == (0, inf)


def test_an_empty_body_and_other_shapes_are_told():
    with pytest.raises(ValueError, match="no voxel"):
        mae_hu(REAL, REAL, ~BODY & BODY)
    with pytest.raises(ValueError, match="differ"):
        psnr_hu(REAL[:1], REAL, BODY)


def test_an_organ_has_a_mean_and_slices_that_scatter():
    """Label 9 is 10 and 30 in the first slice along the last axis, 60 and 80 in the second."""
    volume = np.array([[[10, 60], [30, 80]], [[0, 0], [5, 5]]])
    labels = np.array([[[9, 9], [9, 9]], [[0, 0], [530, 0]]])
    nine, other = organs(volume, labels, 2)
    assert (nine.label, nine.voxels, nine.mean) == (9, 4, 45)
    assert nine.sd == pytest.approx(np.std([10, 30, 60, 80]))
    assert nine.sd_of_slices == 25  # means of slices: 20 and 70
    assert (other.label, other.voxels, other.mean) == (530, 1, 5)
    assert (other.sd, other.sd_of_slices) == (0, 0)
