"""Wide smoothing against scipy's running sums, with a kernel cut off where nothing is left."""

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.segmentation.nuclei import wide_gaussian


@pytest.mark.parametrize("sigma", [3.0, 20.0])
@pytest.mark.parametrize("shape", [(64, 96), (61, 37)])
def test_as_scipy_with_mirrored_borders(shape: tuple[int, int], sigma: float):
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    expected = ndimage.gaussian_filter(image, sigma, mode="reflect", truncate=8)
    smooth = wide_gaussian(image, sigma)
    assert smooth.dtype == np.float32
    np.testing.assert_allclose(smooth, expected, atol=1e-5)


def test_a_point_becomes_the_normal_distribution():
    image = np.zeros((101, 101), np.float32)
    image[50, 50] = 1
    assert wide_gaussian(image, 5.0)[50, 50] == pytest.approx(1 / (2 * np.pi * 25), rel=1e-4)
