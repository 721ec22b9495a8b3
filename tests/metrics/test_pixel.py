"""MSE, MAE, PSNR and Pearson against NumPy and scikit-image."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from cytoforge.metrics.pair_metrics.pixel import pixel_metrics


def batch(*planes: np.ndarray) -> torch.Tensor:
    """One image of as many channels as planes."""
    return torch.from_numpy(np.stack(planes)[None].astype(np.float32))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 40), st.integers(1, 3), st.floats(0, 1))
def test_agrees_with_numpy_in_double_precision(seed: int, side: int, channels: int, mix: float):
    random = np.random.default_rng(seed)
    real = random.random((2, channels, side, side + 3), np.float32)
    fake = np.float32(mix) * real + np.float32(1 - mix) * random.random(real.shape, np.float32)
    values = pixel_metrics(torch.from_numpy(real), torch.from_numpy(fake))
    real, fake = real.astype(np.float64), fake.astype(np.float64)
    for i in range(2):
        x, y = 255 * real[i], 255 * fake[i]
        correlations = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(x, y, strict=True)]
        assert values["mse"][i] == pytest.approx(((x - y) ** 2).mean(), rel=1e-9, abs=1e-9)
        assert values["mae"][i] == pytest.approx(np.abs(x - y).mean(), rel=1e-9, abs=1e-9)
        assert values["pearson"][i] == pytest.approx(np.mean(correlations), abs=1e-9)


def test_sums_of_many_pixels_are_those_of_double_precision():
    """Added up in single precision, a bright plane of this size is off by 1e-6 to 1e-4."""
    random = np.random.default_rng(0)
    real = 1 - 0.01 * random.random((1, 1, 1024, 1024), np.float32)
    fake = real - 0.001 * random.random(real.shape, np.float32)
    values = pixel_metrics(torch.from_numpy(real), torch.from_numpy(fake))
    x, y = (side.astype(np.float64).ravel() for side in (real, fake))
    assert values["mse"].item() == pytest.approx(((255 * (x - y)) ** 2).mean(), rel=1e-10)
    assert values["pearson"].item() == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-10)


def test_differences_do_not_wrap_as_uint8_does():
    real, fake = np.array([[10.0, 200.0]]), np.array([[12.0, 100.0]])
    values = pixel_metrics(batch(real / 255), batch(fake / 255))
    assert values["mse"].item() == pytest.approx((2**2 + 100**2) / 2, rel=1e-5)
    assert values["mae"].item() == pytest.approx(51, rel=1e-5)


def test_integers_are_refused():
    eight_bit = torch.zeros((1, 1, 8, 8), dtype=torch.uint8)
    with pytest.raises(ValueError, match="uint8"):
        pixel_metrics(eight_bit, eight_bit)


def test_psnr_of_identical_images_is_infinite():
    image = batch(np.eye(8))
    assert pixel_metrics(image, image)["psnr"].item() == float("inf")


def test_psnr_agrees_with_scikit_image_over_all_channels():
    random = np.random.default_rng(0)
    real, fake = random.random((3, 16, 16)), random.random((3, 16, 16))
    expected = peak_signal_noise_ratio(real, fake, data_range=1)
    assert pixel_metrics(batch(*real), batch(*fake))["psnr"].item() == pytest.approx(expected)


def test_pearson_of_a_constant_patch_is_undefined():
    flat, slope = np.full((8, 8), 0.7), np.arange(64).reshape(8, 8) / 64
    assert pixel_metrics(batch(flat), batch(slope))["pearson"].isnan().item()


def test_pearson_leaves_out_channels_in_which_it_is_undefined():
    flat, slope = np.full((8, 8), 0.7), np.arange(64).reshape(8, 8) / 64
    assert pixel_metrics(batch(flat, slope), batch(flat, 1 - slope))["pearson"].item() == (
        pytest.approx(-1)
    )


def test_values_do_not_depend_on_the_batch():
    x, y = torch.rand(5, 2, 130, 130), torch.rand(5, 2, 130, 130)
    whole = pixel_metrics(x, y)
    for name, values in whole.items():
        alone = torch.cat([pixel_metrics(x[i : i + 1], y[i : i + 1])[name] for i in range(5)])
        assert torch.allclose(values, alone, rtol=1e-5, atol=1e-6), name
