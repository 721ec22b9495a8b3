"""Channels that segmentation derives from the image's own, and nuclei that are dark."""

from copy import deepcopy

import numpy as np
import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.segmentation.derived_channels import channel_pixels, nuclei_are_dark
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.registry import segment
from tests.segmentation.conftest import blobs, image_of

# Absorption of red, green and blue by a unit of each stain (Ruifrok and Johnston 2001).
HAEMATOXYLIN = (0.65, 0.70, 0.29)
EOSIN = (0.07, 0.99, 0.11)
DAB = (0.27, 0.57, 0.78)


def coloured(*pixels, name: str = "tile") -> Image:
    """Return an 8-bit image in colour: `pixels` are transmissions of red, green and blue."""
    planes = np.rint(np.transpose([pixels], (2, 0, 1)) * np.float64(255)).astype(np.uint8)
    return Image(name, planes, ("red", "green", "blue"), (ChannelRange(0, 255),) * 3)


def transmitted(absorption) -> np.ndarray:
    return 10.0 ** -np.asarray(absorption)


@pytest.mark.parametrize("name", ["haematoxylin", "eosin", "dab"])
def test_a_stain_is_bright_where_it_alone_is(name):
    image = coloured(transmitted(HAEMATOXYLIN), transmitted(EOSIN), transmitted(DAB), (1, 1, 1))
    stain = channel_pixels(image, name)[0]
    own = ("haematoxylin", "eosin", "dab").index(name)
    assert stain[own] > 0.1
    assert np.delete(stain, own) == pytest.approx(0, abs=0.02 * float(stain[own]))


def test_maximum_inverted_and_grey():
    image = Image(
        "x",
        np.array([[[0, 50, 100]], [[1000, 0, 250]]], np.uint16),
        ("dna", "actin"),
        (ChannelRange(0, 100), ChannelRange(0, 1000)),
    )
    assert channel_pixels(image, "maximum").tolist() == [[1.0, 0.5, 1.0]]
    assert channel_pixels(image, "inverted").tolist() == [[100, 50, 0]]
    assert channel_pixels(image, "inverted_actin").tolist() == [[0, 1000, 750]]
    grey = channel_pixels(coloured((1, 1, 1), (0, 1, 0)), "grey")[0]
    assert grey == pytest.approx([1, 0.7154])


def test_a_channel_of_the_image_itself_is_not_derived():
    image = Image("x", np.full((1, 2, 2), 7, np.uint8), ("grey",), (ChannelRange(0, 9),))
    np.testing.assert_array_equal(channel_pixels(image, "grey"), image.pixels[0])


def test_dark_nuclei_are_those_of_the_negative():
    bright = image_of(blobs())
    dark = image_of(1000 - bright.pixels[0].astype(float))
    expected = segment(bright, WatershedConfig())
    for settings in ({"polarity": "dark"}, {"polarity": "auto"}, {"nuclei_channel": "inverted"}):
        found = segment(dark, WatershedConfig.model_validate(settings))
        np.testing.assert_array_equal(found["nuclei"], expected["nuclei"])
        np.testing.assert_array_equal(found["cells"], expected["cells"])
        told = "nuclei dark (told from the image)" in found.method
        assert told == (settings == {"polarity": "auto"})


def test_the_sign_of_nuclei_is_told_on_a_slope_of_light():
    slope = np.linspace(0, 300, 120)[None, :]
    assert not nuclei_are_dark(blobs() + slope)
    assert nuclei_are_dark(slope - blobs())


def test_a_wrong_name_is_answered_with_all_that_there_are():
    image = coloured((1, 1, 1), (0, 1, 0))
    with pytest.raises(UserError, match=r"red, green, blue; or .*haematoxylin.*inverted"):
        segment(image, WatershedConfig(nuclei_channel="hematoxilin"))


def test_a_photograph_without_a_named_channel_is_told_of(caplog):
    plane = blobs()
    image = image_of(plane, plane, plane)
    image = Image("photo", image.pixels, ("red", "green", "blue"), image.ranges)
    segment(image, WatershedConfig())
    assert "looked for in red" in caplog.text
    assert "haematoxylin" in caplog.text
    caplog.clear()
    segment(image, WatershedConfig(nuclei_channel="red"))
    assert "looked for" not in caplog.text


def test_a_config_may_name_a_derived_channel_but_not_for_layers():
    shipped = deepcopy(SHIPPED)
    shipped["segmentations"]["cells"]["nuclei_channel"] = "maximum"
    load_config(shipped)
    shipped["segmentations"]["cells"]["cytoplasm_channel"] = "inverted_actin"
    with pytest.raises(UserError, match=r"references\.level7\.layer_channel: name one of") as error:
        load_config(shipped)
    assert "level4" not in str(error.value)
    shipped["segmentations"]["cells"]["cytoplasm_channel"] = "inverted_aktin"
    with pytest.raises(UserError, match="did you mean `inverted_actin`"):
        load_config(shipped)
