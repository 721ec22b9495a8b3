"""Gradient error against SciPy's Sobel filter."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cytoforge.metrics.pair_metrics.gradient import gradient_metrics


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(2, 30))
def test_agrees_with_scipy_in_float(seed: int, height: int, width: int):
    random = np.random.default_rng(seed)
    real, fake = random.integers(0, 256, (2, 2, height, width)).astype(np.float64)
    expected = np.mean(
        [
            np.abs(ndimage.sobel(x, 0) - ndimage.sobel(y, 0))
            + np.abs(ndimage.sobel(x, 1) - ndimage.sobel(y, 1))
            for x, y in zip(real, fake, strict=True)
        ]
    )
    x, y = (torch.from_numpy(image / 255)[None].float() for image in (real, fake))
    assert gradient_metrics(x, y)["gradient_error"].item() == pytest.approx(expected, rel=1e-4)


def test_a_step_edge_by_hand():
    step = torch.zeros(1, 1, 4, 4)
    step[..., 2:] = 1
    # 4 * 255 on the two columns beside the edge, half of all pixels.
    error = gradient_metrics(torch.zeros_like(step), step)["gradient_error"].item()
    assert error == pytest.approx(4 * 255 / 2)


def test_a_constant_shift_of_brightness_costs_nothing():
    image = torch.rand(1, 1, 16, 16) / 2
    assert gradient_metrics(image, image + 0.25)["gradient_error"].item() < 1e-3
