"""SSIM against scikit-image, MS-SSIM's behaviour on small patches."""

import numpy as np
import piq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from cytoforge.metrics.pair_metrics.structure import ms_ssim_metrics, ms_ssim_scales, ssim_metrics


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(7, 80), st.integers(7, 80), st.floats(0.001, 1))
def test_ssim_agrees_with_scikit_image(seed: int, height: int, width: int, contrast: float):
    random = np.random.default_rng(seed)
    real = 0.9 - contrast * random.random((height, width)) * 0.9
    fake = np.clip(real + random.normal(0, 0.05, real.shape), 0, 1)
    expected = structural_similarity(real, fake, data_range=1)
    x, y = (torch.from_numpy(image)[None, None].float() for image in (real, fake))
    assert ssim_metrics(x, y)["ssim"].item() == pytest.approx(expected, abs=1e-5)


def test_ssim_of_flat_bright_images_keeps_its_digits():
    # E[x²] - E[x]² in float32 would be off by 1e-4 here.
    x, y = torch.full((1, 1, 32, 32), 0.9), torch.full((1, 1, 32, 32), 0.3)
    expected = structural_similarity(np.full((32, 32), 0.9), np.full((32, 32), 0.3), data_range=1)
    assert ssim_metrics(x, y)["ssim"].item() == pytest.approx(expected, abs=1e-6)


def test_ssim_does_not_depend_on_the_batch():
    x, y = torch.rand(7, 2, 60, 70), torch.rand(7, 2, 60, 70)
    alone = torch.cat([ssim_metrics(x[i : i + 1], y[i : i + 1])["ssim"] for i in range(7)])
    assert torch.allclose(ssim_metrics(x, y)["ssim"], alone, atol=1e-6)


def test_ssim_needs_a_whole_window():
    with pytest.raises(ValueError, match="at least 7 px"):
        ssim_metrics(torch.rand(1, 1, 6, 20), torch.rand(1, 1, 6, 20))


@pytest.mark.parametrize(
    ("side", "scales"), [(10, 0), (11, 1), (32, 2), (128, 4), (160, 4), (161, 5), (512, 5)]
)
def test_ms_ssim_uses_the_scales_that_fit(side: int, scales: int):
    assert ms_ssim_scales(side) == scales


def test_ms_ssim_of_large_patches_is_the_published_one():
    x = torch.rand(2, 1, 161, 170)
    y = (x + 0.1 * torch.rand_like(x)).clamp(0, 1)
    expected = piq.multi_scale_ssim(x, y, data_range=1.0, reduction="none")
    assert torch.allclose(ms_ssim_metrics(x, y)["ms_ssim"], expected, atol=1e-5)


def test_ms_ssim_of_identical_small_patches_is_one():
    x = torch.rand(2, 3, 40, 40)
    assert torch.allclose(ms_ssim_metrics(x, x)["ms_ssim"], torch.ones(2))


def test_ms_ssim_of_tiny_patches_is_undefined():
    assert ms_ssim_metrics(torch.rand(2, 1, 8, 8), torch.rand(2, 1, 8, 8))["ms_ssim"].isnan().all()
