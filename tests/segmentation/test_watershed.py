"""The default segmenter on pictures whose truth is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cytoforge.errors import UserError
from cytoforge.segmentation import nucleus_size, registry
from cytoforge.segmentation.contours import levels
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.nuclei import find_nuclei
from cytoforge.segmentation.nucleus_size import estimate_nucleus_diameter
from cytoforge.segmentation.registry import segment
from tests.segmentation.conftest import CENTRES, blobs, image_of


def check_invariants(segmentation) -> None:
    nuclei, cells = segmentation["nuclei"], segmentation["cells"]
    assert nuclei.dtype == cells.dtype == np.int32
    ids, first = np.unique(cells, return_index=True)
    ids, first = ids[ids > 0], first[ids > 0]
    np.testing.assert_array_equal(ids, np.arange(1, len(ids) + 1))
    assert (np.diff(first) > 0).all(), "ids do not follow raster order"
    inside = nuclei > 0
    np.testing.assert_array_equal(nuclei[inside], cells[inside])


def test_every_nucleus_is_found_at_its_place(two_channels):
    result = segment(two_channels, WatershedConfig())
    check_invariants(result)
    assert result["cells"].max() == len(CENTRES)
    assert len({result["nuclei"][centre] for centre in CENTRES} - {0}) == len(CENTRES)
    nucleus_px = result.objects["nuclei"].diameter_px
    assert nucleus_px == pytest.approx(14, abs=2)
    assert result.objects["cells"].diameter_px == pytest.approx(
        1.8 * result.objects["nuclei"].diameter_px
    )


def test_cells_end_where_the_cytoplasm_ends(two_channels):
    cells = segment(two_channels, WatershedConfig())["cells"]
    rows, cols = np.mgrid[: cells.shape[0], : cells.shape[1]]
    distance = np.min([np.hypot(rows - r, cols - c) for r, c in CENTRES], axis=0)
    assert (cells[distance < 11] > 0).all()
    assert (cells[distance > 16] == 0).all()


def test_touching_nuclei_are_parted():
    pair = blobs(centres=((40, 30), (40, 43)), shape=(80, 80))
    assert find_nuclei(pair, 14, WatershedConfig()).max() == 2


def test_one_long_nucleus_stays_one():
    rows, cols = np.mgrid[:80, :80]
    inside = ((rows - 40) / 7) ** 2 + ((cols - 40) / 13) ** 2 < 1
    noise = np.random.default_rng(0).normal(0, 1, inside.shape)
    assert find_nuclei(100.0 * inside + noise, 16, WatershedConfig()).max() == 1


def test_a_dim_nucleus_beside_bright_ones_is_found_and_not_shrunk():
    picture = blobs() + blobs(centres=((25, 40),), brightness=25.0, ground=0.0)
    nuclei = find_nuclei(picture, 14, WatershedConfig())
    dim = nuclei == nuclei[25, 40]
    assert nuclei[25, 40] > 0
    assert dim.sum() == pytest.approx(np.pi * 49, rel=0.3)


@pytest.mark.parametrize(("gain", "offset"), [(1, 0), (30, 5000), (0.001, -2)])
def test_exposure_and_offset_change_nothing(gain, offset):
    picture = blobs()
    config = WatershedConfig()
    expected = find_nuclei(picture, 14, config)
    np.testing.assert_array_equal(
        find_nuclei(picture * gain + offset, 14, config) > 0, expected > 0
    )


def test_light_that_falls_off_across_the_field_hides_nothing():
    slope = np.linspace(0, 80, 120)[None, :]  # nearly as much as a nucleus is bright
    assert find_nuclei(blobs() + slope, 14, WatershedConfig()).max() == len(CENTRES)


@pytest.mark.parametrize("radius", [4.0, 7.0, 14.0, 30.0])
def test_the_diameter_is_estimated(radius):
    scale = radius / 7
    centres = tuple((round(r * scale), round(c * scale)) for r, c in CENTRES)
    picture = blobs(centres, (round(125 * scale), round(120 * scale)), radius)
    assert estimate_nucleus_diameter(picture) == pytest.approx(2 * radius, rel=0.2)


def test_without_cytoplasm_cells_are_nuclei_grown(one_channel):
    result = segment(one_channel, WatershedConfig(nucleus_diameter_px=14, cell_diameter_px=20))
    check_invariants(result)
    assert "grown" in result.method
    for centre in CENTRES:
        cell = result["cells"] == result["cells"][centre]
        assert cell.sum() == pytest.approx(np.pi * 10**2, rel=0.2)


def test_same_input_gives_the_same_labels(two_channels):
    first, second = (segment(two_channels, WatershedConfig()) for _ in range(2))
    np.testing.assert_array_equal(first["cells"], second["cells"])
    np.testing.assert_array_equal(first["nuclei"], second["nuclei"])


@pytest.mark.parametrize("kind", ["noise", "constant"])
def test_no_cells_is_an_error_that_names_image_and_setting(kind):
    noise = np.random.default_rng(0).normal(100, 5, (90, 100))
    plane = noise if kind == "noise" else np.full((90, 100), 7.0)
    with pytest.raises(UserError, match="image blank") as error:
        segment(image_of(plane, name="blank"), WatershedConfig())
    assert ("nuclei_channel" if kind == "noise" else "is blank") in error.value.fix


def test_what_is_set_already_is_not_to_be_set_but_checked(two_channels):
    nothing = replace(two_channels, pixels=np.full_like(two_channels.pixels, 7))
    nothing.pixels[:, 0, 0] += 1  # or it would be blank
    settings = WatershedConfig(nuclei_channel="dna", nucleus_diameter_px=14)
    with pytest.raises(UserError) as error:
        segment(nothing, settings)
    assert "set `" not in error.value.fix
    assert "check that 'dna' shows bright nuclei, and none of actin" in error.value.fix
    assert "`nucleus_diameter_px` is 14" in error.value.fix


def test_a_method_that_gives_other_planes_than_it_says_is_named(two_channels, monkeypatch):
    spots = SimpleNamespace(segment=lambda *_: ({"spots": np.ones((9, 9), np.int32)}, "spots"))
    monkeypatch.setattr(registry, "load", lambda *_: spots)
    with pytest.raises(UserError, match="expected: planes of nuclei, cells") as error:
        segment(two_channels, WatershedConfig())
    assert error.value.found == "planes of spots"


def test_an_absent_channel_is_named_with_those_there(two_channels):
    with pytest.raises(UserError, match="dna, actin"):
        segment(two_channels, WatershedConfig(cytoplasm_channel="F"))


@pytest.mark.parametrize("method", ["region", "original"])
def test_filled_gap_takes_floating_cells_out_of_the_labels(method):
    walls = tuple((row, col) for row in range(8, 125, 15) for col in (8, 112))
    centres = (*walls, (60, 60))
    image = image_of(blobs(centres))
    radii = {"enabled": True, "method": method}
    radii |= {"erode_px": 8, "dilate_px": 22, "erode_again_px": 4}
    settings = {"nucleus_diameter_px": 14, "cell_diameter_px": 16}
    kept = segment(image, WatershedConfig.model_validate({**settings, "gap": radii}))
    filled = segment(
        image,
        WatershedConfig.model_validate({**settings, "gap": {**radii, "floating_cells": "filled"}}),
    )
    check_invariants(filled)
    assert filled["gap"].dtype == bool
    assert kept["cells"][60, 60] > 0
    assert not kept["gap"][60, 60]
    assert filled["cells"][60, 60] == 0
    assert filled["gap"][60, 60]
    assert filled["cells"].max() == kept["cells"].max() - 1


def test_of_a_large_image_the_part_with_nuclei_is_measured(monkeypatch):
    monkeypatch.setattr(nucleus_size, "_WINDOW_PX", 160)
    picture = np.random.default_rng(0).normal(10, 1.0, (480, 400))
    picture += np.linspace(0, 400, 400)[None, :]  # light from one side
    centres = [(row, col) for row in range(300, 460, 40) for col in range(30, 190, 40)]
    picture += blobs(centres, picture.shape, ground=0.0)
    assert estimate_nucleus_diameter(picture) == pytest.approx(14, rel=0.2)


def test_large_nuclei_are_searched_in_fewer_pixels(monkeypatch):
    seen = []

    def recorded(channel, diameter, search):
        seen.append((channel.shape, diameter))
        return find_nuclei(channel, diameter, search)

    monkeypatch.setattr(nucleus_size, "find_nuclei", recorded)
    centres = tuple((4 * row, 4 * col) for row, col in CENTRES)
    estimate_nucleus_diameter(blobs(centres, (500, 480), 28.0))
    from_large = seen[:2]  # then it begins with small ones
    assert all(diameter < 24 and max(shape) < 250 for shape, diameter in from_large)
    assert len(seen) == 4


def test_an_estimate_that_runs_away_is_refused_with_what_else_the_image_suggests(monkeypatch):
    settled = iter([(340.0, 0.6), (31.0, 0.6)])
    monkeypatch.setattr(nucleus_size, "_settle", lambda *_: next(settled))
    with pytest.raises(UserError, match="nuclei of at most 200 px") as error:
        estimate_nucleus_diameter(blobs())
    assert "340 px" in error.value.found
    assert "31 px" in error.value.found
    assert "set `nucleus_diameter_px`" in error.value.fix


def test_the_level_of_an_object_is_the_80th_percentile_of_its_own_pixels():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, (40, 40)) * 2  # ids 2, 4 and 6; some pixels of none
    height = rng.normal(0, 1, labels.shape).astype(np.float32).round(1)  # below 0, 0 and equal ones
    for number, level in enumerate(levels(labels, height, 8)):
        pixels = np.sort(height[(labels == number) & (labels > 0)])
        expected = pixels[int(0.8 * len(pixels))] if len(pixels) else 0
        assert level == expected
