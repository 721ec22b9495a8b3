"""Whether slices go on from one to the next."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from cytoforge.metrics.volumes.neighbours import Neighbours, ratio_to_real


def neighbours(volume: np.ndarray, body: np.ndarray, *, first: int = 1) -> Neighbours:
    """Return what the slices of a volume have in common, slices first."""
    found = Neighbours(4024)
    for number, (plane, inside) in enumerate(zip(volume, body, strict=True), first):
        found.add(number, plane, inside)
    return found


def test_the_difference_is_that_of_pixels_in_both_bodies():
    volume = np.array([[[0, 0], [0, 0]], [[1, 9], [9, 9]], [[4, 9], [9, 9]]], float)
    body = np.zeros(volume.shape, bool)
    body[:, 0, 0] = True
    body[1, 1, 1] = True  # in one slice alone
    assert neighbours(volume, body).difference == 2  # of |0 - 1| and |1 - 4|


def test_slices_with_a_gap_between_them_are_no_neighbours():
    found, plane, body = Neighbours(4024), np.zeros((2, 2)), np.ones((2, 2), bool)
    for number, value in ((1, 0), (2, 3), (5, 90), (6, 94)):
        found.add(number, plane + value, body)
    assert found.difference == 3.5


def test_flicker_shows_as_a_ratio_above_one():
    smooth = np.linspace(0, 100, 10)[:, None, None] + np.zeros((10, 4, 4))
    flicker = smooth + np.where(np.arange(10) % 2, 30, -30)[:, None, None]
    body = np.ones(smooth.shape, bool)
    made, real = (neighbours(one, body).difference for one in (flicker, smooth))
    assert real == pytest.approx(100 / 9)
    assert ratio_to_real(made, real) == pytest.approx((5 * 71.11 + 4 * 48.89) / 100, rel=0.01)


def test_ssim_is_scikit_images_over_the_body():
    rng = np.random.default_rng(2)
    volume, body = rng.normal(0, 100, (2, 16, 16)), np.zeros((2, 16, 16), bool)
    body[:, 4:8, 4:8] = True
    _, full = structural_similarity(
        volume[0], volume[1], data_range=4024, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    assert neighbours(volume, body).ssim == pytest.approx(full[4:8, 4:8].mean())
    assert neighbours(np.repeat(volume[:1], 2, 0), body).ssim == pytest.approx(1)


def test_where_nothing_can_be_compared_there_is_no_value():
    volume = np.zeros((2, 16, 16))
    body = np.zeros(volume.shape, bool)
    body[0] = True
    assert (neighbours(volume, body).difference, neighbours(volume, body).ssim) == (None, None)
    narrow = neighbours(volume[:, :4], ~body[:, :4] | body[:, :4])
    assert (narrow.difference, narrow.ssim) == (0, None)
