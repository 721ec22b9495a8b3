"""Uneven light taken away: what is equal in the specimen is equal in the image again."""

import numpy as np
import pytest

from cytoforge.config.images import ImagesConfig, NormalisationConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.light import estimate_light, log_light
from cytoforge.images.ome import read_image, write_image
from cytoforge.images.shading import even_image, lights_of_set, read_lights, write_lights
from cytoforge.split.bands import check_light_of_set
from tests.segmentation.conftest import blobs

SHAPE = (125, 120)
# Cells lie denser at the top, which is no shading.
PLACES = [(row, column) for row in (12, 28, 44, 74, 104) for column in (16, 44, 72, 100)]
TRAIN, TEST = (slice(0, 85), slice(0, 120)), (slice(85, 125), slice(0, 120))
SCALE = NormalisationConfig()


def ramp(low: float, high: float) -> np.ndarray:
    """Light that grows from the first column to the last."""
    return np.broadcast_to(np.linspace(low, high, SHAPE[1]), SHAPE)


def field(light: np.ndarray | float = 1.0, places: list[tuple[int, int]] = PLACES) -> Image:
    """Equal disks on a ground of a tenth of their brightness, seen in that light."""
    pixels = np.rint(50 * blobs(places, SHAPE, radius=6.0) * light).astype(np.uint16)
    return Image("field", pixels[None], ("dna",), (ChannelRange(0, 6_000),))


def heights(image: Image) -> np.ndarray:
    """The brightness of each disk's middle, over their mean."""
    found = np.array([image.pixels[0, row, column] for row, column in PLACES], float)
    return found / found.mean()


def test_the_light_is_found():
    light = ramp(0.6, 1.4)
    found = log_light(estimate_light([field(light).pixels[0]], [np.s_[0:125, 0:120]]), SHAPE)
    assert np.std(np.log(light)) > 0.2
    assert np.std(found - np.log(light)) < 0.04


def test_equal_disks_are_equal_again():
    shaded = field(ramp(0.6, 1.4))
    assert np.ptp(heights(shaded)) > 0.5
    assert np.ptp(heights(even_image(shaded, SCALE))) < 0.06


def test_dense_cells_in_even_light_are_no_shading():
    assert np.ptp(heights(even_image(field(), SCALE))) < 0.06


def test_a_handful_of_nuclei_says_little_of_the_light():
    rows, columns = np.mgrid[:125, :120]
    pixels = np.zeros(SHAPE, np.uint16)
    for row, column, brightness in ((20, 20, 3000), (30, 95, 1000), (100, 60, 500)):
        pixels[np.hypot(rows - row, columns - column) < 6] = brightness
    found = log_light(estimate_light([pixels], [np.s_[0:125, 0:120]]), SHAPE)
    # The brightness of three nuclei alone would be light of 0.3.
    assert np.std(found) < 0.25


def test_strips_are_evened_one_by_one_and_go_on_across_their_border():
    down = np.broadcast_to(np.linspace(0.6, 1.4, SHAPE[0])[:, None], SHAPE)
    for light in (ramp(0.6, 1.4), down):
        assert np.ptp(heights(field(light))) > 0.5
        assert np.ptp(heights(even_image(field(light), SCALE, [TRAIN, TEST]))) < 0.2


def test_a_test_strip_twice_as_bright_changes_no_training_pixel():
    image = field(ramp(0.6, 1.4))
    brighter = image.pixels.copy()
    brighter[:, *TEST] *= 2
    before, after = (
        even_image(Image("x", pixels, ("dna",), image.ranges), SCALE, [TRAIN, TEST], None, TRAIN)
        for pixels in (image.pixels, brighter)
    )
    assert np.array_equal(before.pixels[:, *TRAIN], after.pixels[:, *TRAIN])
    assert before.ranges == after.ranges


def test_a_set_shows_its_light_where_single_images_do_not(tmp_path):
    """Each image has cells on one side only: what is dim there might be dim cells."""
    light = ramp(0.6, 1.4)
    sides = [[p for p in PLACES if (p[1] < 60) == left] for left in (True, False)]
    images = [field(light, places) for places in (*sides, PLACES)]
    write_lights(tmp_path / "light.json", lights_of_set(images), ["a", "b", "c"])
    lights = read_lights(tmp_path / "light.json")
    evened = even_image(field(light), SCALE, lights=lights)
    assert np.ptp(heights(evened)) < 0.1
    assert evened.shading.startswith("per set, light dna 0.")


def test_images_of_two_shapes_share_no_light():
    narrow = field()
    narrow = Image("narrow", narrow.pixels[:, :, :100], ("dna",), narrow.ranges)
    with pytest.raises(UserError, match="narrow"):
        lights_of_set([field(), narrow])


def test_what_was_taken_away_is_kept_with_the_image(tmp_path):
    evened = even_image(field(ramp(0.6, 1.4)), SCALE)
    write_image(tmp_path / "a.ome.tif", evened)
    assert read_image(tmp_path / "a.ome.tif").shading == evened.shading != ""


def test_pixels_are_corrected_only_by_a_method():
    with pytest.raises(ValueError, match="per_image"):
        ImagesConfig(correct_pixels=True)


def test_strips_have_no_light_of_a_set():
    with pytest.raises(UserError, match="per_image"):
        check_light_of_set(ImagesConfig(shading="per_set"), cut=True)
