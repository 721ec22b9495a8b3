"""The light of a spot: where it lies, how wide it is, and that none of it is lost."""

import numpy as np
import pytest
from scipy import integrate

from cytoforge.config.spots import SpotsConfig
from cytoforge.errors import UserError
from cytoforge.spots.optics import Optics, light_of_spots, optics_of


def one_spot(row: float, col: float, sigma: float, side: int = 21) -> np.ndarray:
    rows, cols, sigmas = (np.array([value]) for value in (row, col, sigma))
    return light_of_spots(rows, cols, np.array([1000.0]), sigmas, (side, side))


def test_all_photons_arrive_wherever_in_a_pixel_the_spot_lies():
    for shift in (0.0, 0.25, 0.49):
        assert one_spot(10 + shift, 10 - shift, 1.3).sum() == pytest.approx(1000, abs=1e-2)


def test_the_centre_and_the_width_are_those_asked_for():
    light, place = one_spot(10.3, 9.6, 1.3), np.arange(21)
    rows, cols = light.sum(1) / 1000, light.sum(0) / 1000
    assert rows @ place == pytest.approx(10.3, abs=1e-4)
    assert cols @ place == pytest.approx(9.6, abs=1e-4)
    # A pixel is a unit square, whose own variance adds to the spot's.
    variance = rows @ (place - 10.3) ** 2
    assert variance == pytest.approx(1.3**2 + 1 / 12, abs=1e-3)


def test_a_pixel_holds_the_integral_and_not_the_value_at_its_middle():
    def density(y: float, x: float) -> float:
        return np.exp(-((y - 10) ** 2 + (x - 10) ** 2) / (2 * 0.47**2)) / (2 * np.pi * 0.47**2)

    whole, _ = integrate.dblquad(density, 9.5, 10.5, 9.5, 10.5)
    found = one_spot(10, 10, 0.47)[10, 10]
    assert found == pytest.approx(1000 * whole, rel=1e-4)
    assert density(10, 10) * 1000 / found == pytest.approx(1.42, abs=0.01)


def test_light_beyond_the_edge_is_lost():
    assert one_spot(0, 10, 1.0).sum() == pytest.approx(
        1000 * (0.5 + one_spot(10, 10, 1.0)[10].sum() / 2000), rel=1e-3
    )
    assert one_spot(-30, 10, 1.0).sum() == 0


@pytest.mark.parametrize(
    ("na", "wavelength_nm", "pixel_um", "sigma_px"),
    [(1.4, 580, 0.103, 0.84), (0.8, 580, 0.325, 0.47), (1.4, 670, 0.065, 1.55)],
)
def test_the_width_is_that_of_known_microscopes(na, wavelength_nm, pixel_um, sigma_px):
    config = SpotsConfig(na=na, wavelength_nm=wavelength_nm)
    assert optics_of(config, pixel_um, "").sigma_px == pytest.approx(sigma_px, abs=0.005)


def test_without_the_size_of_a_pixel_the_width_must_be_given():
    assert optics_of(SpotsConfig(sigma_px=1.5), None, "").sigma_px == 1.5
    for config in (SpotsConfig(), SpotsConfig(sigma_px=1.5, depth_um=1)):
        with pytest.raises(UserError, match=r"sets\.a: map b"):
            optics_of(config, None, "sets.a: map b")


def test_spots_out_of_focus_are_wider_and_keep_their_photons():
    sigma = Optics(1.0, 0.5).sigma_at(np.array([0.0, 1.0]))
    assert sigma[0] == 1.0 and sigma[1] == pytest.approx(np.sqrt(3))
    near, far = (one_spot(10, 10, one) for one in sigma)
    assert far.max() < near.max() / 2.5
    assert far.sum() == pytest.approx(near.sum(), rel=1e-4)
