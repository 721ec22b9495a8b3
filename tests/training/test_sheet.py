import numpy as np
from PIL import Image

from cytoforge.config.task import task_named
from cytoforge.images.picture import colour_composite, write_png
from cytoforge.training.sheet import MARGIN_PX, task_sheet


def pixel(*channels: float) -> np.ndarray:
    return np.array(channels, np.float32).reshape(-1, 1, 1)


def test_one_channel_is_grey():
    assert colour_composite(pixel(0.2)).tolist() == [[[51, 51, 51]]]


def test_dna_is_blue_and_actin_green():
    assert colour_composite(pixel(1, 0)).tolist() == [[[0, 90, 255]]]
    assert colour_composite(pixel(0, 1)).tolist() == [[[0, 255, 0]]]


def test_a_photograph_keeps_its_colours():
    channels = ("Red", "Green", "Blue")
    assert colour_composite(pixel(1, 0, 0.2), channels).tolist() == [[[255, 0, 51]]]


def test_colours_add_up_and_saturate():
    assert colour_composite(pixel(1, 1)).tolist() == [[[0, 255, 255]]]


def test_more_channels_than_colours():
    assert colour_composite(np.ones((7, 2, 2), np.float32)).shape == (2, 2, 3)


def test_a_row_shows_map_generated_and_real(tmp_path):
    labels = np.array([[[0, 1], [1, 0]]], np.uint8)
    black, white = np.zeros((1, 1, 2, 2)), np.ones((1, 1, 2, 2))
    planes = {"labels": labels, "made": black, "images": white}
    sheet = task_sheet(task_named("labels_to_image"), planes, ((0, 0, 0), (200, 10, 0)))
    step = 2 + MARGIN_PX
    assert sheet.shape == (2, 3 * step - MARGIN_PX, 3)
    assert sheet[:, :2].tolist() == [[[0, 0, 0], [200, 10, 0]], [[200, 10, 0], [0, 0, 0]]]
    assert (sheet[:, step : step + 2] == 0).all()
    assert (sheet[:, 2 * step :] == 255).all()
    write_png(tmp_path / "sheet.png", sheet)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "sheet.png")), sheet)


def test_each_instance_has_a_colour_and_found_ones_are_as_large_as_true_ones():
    true = np.array([[[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 0, 0], [2, 2, 0, 0]]])
    found = np.array([[[0, 1], [2, 0]]])  # the same at half the size
    planes = {"images": np.zeros((1, 1, 4, 4)), "made": found, "instances": true}
    sheet = task_sheet(task_named("image_to_instances"), planes, ())
    step = 4 + MARGIN_PX
    made, known = sheet[:, step : step + 4], sheet[:, 2 * step :]
    assert np.array_equal(made, known)
    assert len({tuple(colour) for colour in known.reshape(-1, 3).tolist()}) == 3
    assert (known[:2, :2] == 0).all()
