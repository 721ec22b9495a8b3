"""What the camera makes of light: noise of the right size, a ground with the shape of cells."""

import numpy as np
import pytest

from cytoforge.config.spots import SpotsConfig
from cytoforge.seeds import generator
from cytoforge.spots.camera import background, expose
from cytoforge.spots.optics import Optics
from cytoforge.spots.positions import Spots
from tests.spots.fields import three_cells

LABELS = three_cells()["cells"]
NOTHING = Spots(*np.zeros((4, 0)), np.zeros(0, np.int32))


def exposed(spots: Spots = NOTHING, **settings):
    config = SpotsConfig.model_validate({"background_form": "flat", **settings})
    return expose(spots, LABELS, Optics(1.0), config, generator(1, "camera"))


def test_noise_is_that_of_photons_and_of_reading_out():
    pixels = exposed(background=50, read_noise=3).pixels.astype(float)
    assert pixels.mean() == pytest.approx(100 + 50, abs=0.3)
    # Rounding adds a twelfth.
    assert pixels.var() == pytest.approx(50 + 3**2 + 1 / 12, rel=0.05)


def test_gain_multiplies_photons_and_not_the_pedestal():
    pixels = exposed(background=50, read_noise=0, gain=4, pedestal=10).pixels.astype(float)
    assert pixels.mean() == pytest.approx(10 + 4 * 50, rel=0.01)
    assert pixels.var() == pytest.approx(16 * 50, rel=0.05)


def test_the_light_of_a_spot_is_above_the_ground():
    one = Spots(*(np.array([value]) for value in (30.0, 60.0, 0.0, 5000.0)), np.array([1]))
    shot = exposed(one, background=0, read_noise=0, pedestal=0)
    assert shot.pixels.sum() == pytest.approx(5000, abs=5 * np.sqrt(5000))
    assert np.unravel_index(shot.pixels.argmax(), LABELS.shape) == (60, 30)


def test_a_value_beyond_the_highest_stays_there_and_is_counted():
    one = Spots(*(np.array([value]) for value in (30.0, 60.0, 0.0, 5000.0)), np.array([1]))
    shot = exposed(one, bits=8)
    assert shot.pixels.dtype == np.uint8 and shot.pixels.max() == 255
    assert 0 < shot.saturated < 0.01


def test_the_ground_has_the_shape_of_the_cells():
    config = SpotsConfig(background=30)
    light = background(LABELS, 1.0, config, generator(1, "ground"))
    assert light[LABELS > 0].mean() == pytest.approx(30)
    assert light[90, 5] < 0.35 * light[25, 25]  # free of cells, and the middle of one
    assert light[25, 25] > 1.2 * light[25, 9]  # thicker in its middle than near its edge
    steps = np.abs(np.diff(light, axis=1)).max()
    assert steps < 0.2 * light.max()  # no cliffs: out of focus light blurs edges


def test_a_field_without_cells_has_a_flat_ground():
    light = background(np.zeros((8, 8), np.int32), 1.0, SpotsConfig(), generator(1, "ground"))
    assert (light == 20).all()
