"""Power by period: of a wave, of noise, of a blurred patch."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from cytoforge.metrics.realism.spectrum import PERIODS, power_at, power_ratio, power_spectrum

SIDE = 64


def noise(n: int = 8, seed: int = 0, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 1, side, side)).astype(np.float32)


def wave(period_px: float) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(SIDE) / period_px) * np.ones((1, 1, SIDE, 1))


@pytest.mark.parametrize("period_px", [4, 8, 16])
def test_a_wave_has_its_power_at_its_period(period_px: int):
    spectra = power_spectrum(wave(period_px))
    power = {period: power_at(spectra, period, SIDE).item() for period in PERIODS}
    assert max(power, key=power.__getitem__) == period_px
    assert power[period_px] > 100 * power[2 * period_px]


def test_white_noise_has_the_same_power_everywhere():
    spectra = power_spectrum(noise(64))
    assert [power_at(spectra, period, SIDE).mean() for period in PERIODS] == pytest.approx(
        [1] * len(PERIODS), rel=0.15
    )


def test_grey_without_detail_has_none():
    assert power_spectrum(np.full((1, 2, 32, 32), 0.5, np.float32)).max() < 1e-12


def test_a_blur_takes_away_what_its_gaussian_says():
    """A Gaussian of SD s multiplies the power at period p by exp(-(2 pi s / p)²)."""
    sharp = noise(32)
    blurred = gaussian_filter(sharp, (0, 0, 1, 1), mode="wrap")
    real, made = power_spectrum(sharp), power_spectrum(blurred)
    found = power_ratio(real, made, 8, SIDE).mean()
    assert found == pytest.approx(np.exp(-((2 * np.pi / 8) ** 2)), rel=0.05)


def test_the_ratio_is_one_between_two_sets_alike_and_four_at_twice_the_contrast():
    real = power_spectrum(noise(32, seed=1))
    assert power_ratio(real, power_spectrum(noise(32, seed=2)), 4, SIDE).mean() == pytest.approx(
        1, abs=0.05
    )
    assert power_ratio(real, power_spectrum(2 * noise(32, seed=1)), 4, SIDE).mean() == (
        pytest.approx(4, rel=1e-5)
    )


def test_a_side_that_no_period_divides_has_them_all():
    spectra = power_spectrum(noise(16, side=41))
    assert [power_at(spectra, period, 41).mean() for period in PERIODS] == pytest.approx(
        [1] * len(PERIODS), rel=0.5
    )
