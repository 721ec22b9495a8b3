"""Whether slices go on from one to the next."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from cytoforge.metrics.volumes.neighbours import adjacent_difference, adjacent_ssim, ratio_to_real


def test_the_difference_is_that_of_pixels_in_both_bodies():
    volume = np.array([[[0, 0], [0, 0]], [[1, 9], [9, 9]], [[4, 9], [9, 9]]], float)
    body = np.zeros(volume.shape, bool)
    body[:, 0, 0] = True
    body[1, 1, 1] = True  # in one slice alone
    assert adjacent_difference(volume, body, 0) == 2  # of |0 - 1| and |1 - 4|
    assert adjacent_difference(np.moveaxis(volume, 0, 2), np.moveaxis(body, 0, 2), 2) == 2


def test_flicker_shows_as_a_ratio_above_one():
    smooth = np.linspace(0, 100, 10)[:, None, None] + np.zeros((10, 4, 4))
    flicker = smooth + np.where(np.arange(10) % 2, 30, -30)[:, None, None]
    body = np.ones(smooth.shape, bool)
    made, real = (adjacent_difference(one, body, 0) for one in (flicker, smooth))
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
    found = adjacent_ssim(volume, body, 0, 4024)
    assert found == pytest.approx(full[4:8, 4:8].mean())
    assert adjacent_ssim(np.repeat(volume[:1], 2, 0), body, 0, 4024) == pytest.approx(1)


def test_no_two_slices_of_a_body_are_told():
    volume = np.zeros((2, 16, 16))
    body = np.zeros(volume.shape, bool)
    body[0] = True
    with pytest.raises(ValueError, match="no two neighbouring slices"):
        adjacent_difference(volume, body, 0)
    with pytest.raises(ValueError, match="narrower"):
        adjacent_ssim(volume[:, :4], body[:, :4], 0, 4024)
