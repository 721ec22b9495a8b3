"""Cells in phase contrast are told from texture, from inverted pictures and from blurred ones."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import label

from cytoforge.config.segmentation import parse_segmentation
from cytoforge.segmentation.checks import focus, halo
from cytoforge.segmentation.checks.halo import surroundings
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from tests.segmentation.conftest import image_of

PHASE = parse_segmentation({"method": "phase", "gap": {"enabled": False}})


def cells_with(brighter: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a field, and bool where its cells are: dark discs of 40 px, 100 px apart, in rings of
    4 px that differ by `brighter` from the ground."""
    rows, cols = np.mgrid[:400, :400]
    away = np.hypot(rows % 100 - 50, cols % 100 - 50) - 20
    ground = np.random.default_rng(0).normal(100, 1, away.shape)
    return ground - 20 * (away <= 0) + brighter * ((away > 0) & (away <= 4)), away <= 0


def of_cells(cells: np.ndarray) -> Segmentation:
    return Segmentation({"cells": ObjectPlane(label(cells))}, "by hand")


@pytest.mark.parametrize(("brighter", "passes"), [(40, True), (0, False), (-40, False)])
def test_cells_of_phase_contrast_lie_in_bright_halos(brighter: float, passes: bool):
    pixels, cells = cells_with(brighter)
    image = replace(image_of(pixels), pixel_size_um=None)
    assert halo.check(image, of_cells(cells), PHASE).passed == passes


def test_the_halo_is_how_much_brighter_a_ring_is_in_standard_deviations():
    """Discs of 0, rings of 40 and ground of 0; ground begins 8 px away from discs of 20 px."""
    _, cells = cells_with(0)
    rings = ndimage.distance_transform_edt(~cells)
    contrast = 40.0 * ((rings > 0) & (rings <= 4))
    around = surroundings(contrast, cells)
    assert around.halo == pytest.approx(40 / contrast.std())
    assert around.ground == pytest.approx(1 - np.pi * 28**2 / 100**2, abs=0.02)


def test_texture_that_covers_the_field_leaves_no_ground_to_tell_it_by():
    pixels, _ = cells_with(40)
    everywhere = of_cells(np.ones(pixels.shape, bool))
    result = halo.check_ground(image_of(pixels), everywhere, PHASE)
    assert (result.passed, result.value) == (False, 0.0)
    assert halo.check(image_of(pixels), everywhere, PHASE).value is None


def test_without_the_shipped_network_cells_may_lack_halos():
    pixels, cells = cells_with(-40)
    none = PHASE.model_copy(update={"network": None})
    assert halo.check(image_of(pixels), of_cells(cells), none).value is None


def test_thin_lines_at_the_borders_of_cells_are_lost_out_of_focus():
    pixels, cells = cells_with(40)
    sharp = focus.line_detail(pixels, cells)
    blurred = focus.line_detail(ndimage.gaussian_filter(pixels, 4), cells)
    assert sharp is not None and blurred is not None
    assert blurred < focus.LEAST_OF_CELLS < sharp
