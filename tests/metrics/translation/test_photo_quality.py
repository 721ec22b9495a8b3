"""Quality of photographs beside textbook forms written in NumPy, and with the right directions."""

import numpy as np
import pytest
from scipy.ndimage import convolve

from cytoforge.metrics.translation.photo_quality import QUALITY, photo_quality
from tests.metrics.translation.fields import disks, stained

PREWITT = np.array([[1, 0, -1]] * 3) / 3


def images() -> tuple[np.ndarray, np.ndarray]:
    real = stained(np.kron(disks(), np.ones((3, 3), np.int32)), 0.25)
    made = np.clip(real + np.random.default_rng(0).normal(0, 12, real.shape), 0, 255)
    return real, made.astype(np.uint8)


def gradient(plane: np.ndarray) -> np.ndarray:
    return np.hypot(*(convolve(plane, k, mode="constant") for k in (PREWITT, PREWITT.T)))


def similarity(a: np.ndarray, b: np.ndarray, c: float) -> np.ndarray:
    return (2 * a * b + c) / (a**2 + b**2 + c)


def mdsi(real: np.ndarray, made: np.ndarray) -> float:
    """Ziaei Nafchi et al. 2016, equations 2 to 11, of fields below 384 px (not reduced)."""
    to_lhm = np.array([[0.2989, 0.5870, 0.1140], [0.30, 0.04, -0.35], [0.34, -0.60, 0.17]])
    (l1, h1, m1), (l2, h2, m2) = (np.moveaxis(rgb @ to_lhm.T, -1, 0) for rgb in (real, made))
    g1, g2, g12 = gradient(l1), gradient(l2), gradient((l1 + l2) / 2)
    shape = similarity(g1, g2, 140) + similarity(g1, g12, 55) - similarity(g2, g12, 55)
    colour = (2 * (h1 * h2 + m1 * m2) + 550) / (h1**2 + h2**2 + m1**2 + m2**2 + 550)
    power = (0.6 * shape + 0.4 * colour).astype(complex) ** 0.25
    return float(np.abs(power - power.mean()).mean() ** 0.25)


def ms_gmsd(real: np.ndarray, made: np.ndarray) -> float:
    """Zhang et al. 2017, of luminance, at four scales, with masking of 0.5."""
    a, b = (rgb @ np.array([0.299, 0.587, 0.114]) for rgb in (real, made))
    total = 0.0
    for weight in (0.096, 0.596, 0.289, 0.019):
        x, y = gradient(a), gradient(b)
        total += weight * ((1.5 * x * y + 170) / (x**2 + y**2 - 0.5 * x * y + 170)).var()
        a, b = (p.reshape(len(p) // 2, 2, -1, 2).mean((1, 3)) for p in (a, b))
    return float(np.sqrt(total))


def test_mdsi_and_ms_gmsd_are_those_of_the_papers():
    real, made = images()
    found = photo_quality(real, made)
    assert found["mdsi"] == pytest.approx(mdsi(real, made), abs=2e-4)
    assert found["ms_gmsd"] == pytest.approx(ms_gmsd(real, made), abs=2e-4)


def test_every_direction_is_right():
    real, made = images()
    same, near = photo_quality(real, real), photo_quality(real, made)
    far = photo_quality(real, np.rot90(made).copy())
    for metric in (m for m in QUALITY if m.weights is None):
        values = [one[metric.name] for one in (same, near, far)]
        ordered = sorted(values, reverse=bool(metric.higher_is_better))
        assert values == ordered, metric.name
    assert (same["ms_ssim"], same["haarpsi"]) == pytest.approx((1, 1), abs=1e-5)
    assert (same["ms_gmsd"], same["mdsi"]) == pytest.approx((0, 0), abs=1e-5)
    assert same["psnr"] == float("inf")


def test_psnr_by_hand():
    black, grey = np.zeros((32, 32, 3), np.uint8), np.full((32, 32, 3), 51, np.uint8)
    assert photo_quality(black, grey)["psnr"] == pytest.approx(10 * np.log10(25))


def test_photographs_have_one_size():
    with pytest.raises(ValueError, match="one size"):
        photo_quality(np.zeros((32, 32, 3), np.uint8), np.zeros((32, 30, 3), np.uint8))
