"""What a strip of an image is segmented as depends on its own pixels alone."""

from dataclasses import replace

import numpy as np
import pytest

from cytoforge.config.images import NormalisationConfig
from cytoforge.config.segmentation import GapConfig
from cytoforge.errors import NoCellsError
from cytoforge.images.image import Image
from cytoforge.images.shading import even_image
from cytoforge.segmentation.in_bands import segment_bands
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.registry import segment
from tests.segmentation.conftest import blobs, image_of

COLUMNS = slice(0, 120)
BANDS = [(slice(0, 85), COLUMNS), (slice(85, 125), COLUMNS)]  # train, test: no disk on the border
CONFIG = WatershedConfig(gap=GapConfig(enabled=False))


def changed_in(image: Image, box: tuple[slice, slice], factor: float) -> Image:
    pixels = image.pixels.astype(float)
    pixels[:, *box] *= factor
    return replace(image, pixels=pixels.astype(image.pixels.dtype))


@pytest.mark.parametrize("factor", [0.5, 2, 20])
def test_the_brightness_of_the_test_strip_moves_no_training_label(two_channels, factor):
    train, test = BANDS
    config = WatershedConfig(gap=GapConfig(enabled=True))
    before = segment_bands(two_channels, BANDS, config)
    after = segment_bands(changed_in(two_channels, test, factor), BANDS, config)
    for name in ("nuclei", "cells"):
        assert np.array_equal(before[name][train] > 0, after[name][train] > 0)
    assert np.array_equal(before["gap"][train], after["gap"][train])


def test_neither_does_it_where_shading_is_taken_away(two_channels):
    train, test = BANDS
    found = []
    for image in (two_channels, changed_in(two_channels, test, 2)):
        evened = even_image(image, NormalisationConfig(), BANDS, learned_from=train)
        found.append(segment_bands(evened, BANDS, CONFIG))
    for name in ("nuclei", "cells"):
        assert np.array_equal(*(segmentation[name][train] > 0 for segmentation in found))
    assert found[0].method.startswith("watershed; shading taken away per image, light dna")


def test_segmented_as_a_whole_it_would(two_channels):
    """The control of the test above: one threshold for both strips moves with the brighter."""
    train, test = BANDS
    before = segment(two_channels, CONFIG)["cells"][train] > 0
    after = segment(changed_in(two_channels, test, 20), CONFIG)["cells"][train] > 0
    assert not np.array_equal(before, after)


def test_every_cell_is_found_once_with_its_nucleus(two_channels):
    found = segment_bands(two_channels, BANDS, CONFIG)
    assert np.array_equal(np.unique(found["cells"]), np.arange(9))
    nuclei = found["nuclei"]
    assert np.array_equal(found["cells"][nuclei > 0], nuclei[nuclei > 0])


def test_an_empty_strip_has_no_cells(two_channels):
    flat = changed_in(two_channels, BANDS[0], 0)
    found = segment_bands(flat, BANDS, CONFIG)
    assert not found["cells"][BANDS[0]].any()
    assert found["cells"][BANDS[1]].any()


def test_an_empty_image_is_named():
    noise = np.random.default_rng(0).normal(10, 1, (125, 120))
    with pytest.raises(NoCellsError, match="field"):
        segment_bands(image_of(noise, noise), BANDS, CONFIG)


@pytest.mark.parametrize("method", ["region", "original"])
def test_a_gap_goes_on_across_a_narrow_strip(method):
    """A strip of 16 px in a gap of 60 px: its cut edges are no tissue."""
    left = [(row, 8) for row in range(12, 120, 16)]
    right = [(row, 105) for row in range(12, 120, 16)]
    image = image_of(blobs(left + right), blobs(left + right, radius=8.0))
    radii = GapConfig(enabled=True, method=method, erode_px=15, dilate_px=15, erode_again_px=5)
    config = WatershedConfig(nucleus_diameter_px=14, cell_diameter_px=16, gap=radii)
    bands = [(slice(0, 60), slice(0, 120)), (slice(60, 76), slice(0, 120))]
    bands.append((slice(76, 125), slice(0, 120)))
    gap = segment_bands(image, bands, config)["gap"]
    assert gap[60:76, 45:75].all()
    assert not gap[20:100, :8].any()  # beyond the first and the last cell it goes round them
