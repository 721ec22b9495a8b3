"""Outlines of known figures, and that nothing of them is lost on the way through descriptors."""

import numpy as np
import pytest

from cytoforge.map_sources.sources.shapes.outlines import (
    ANGLES,
    FREQUENCIES,
    areas,
    orientations,
    outlines,
    radii,
    turned,
    upright,
)


def ellipse(long: float, short: float, degrees: float, side: int = 81) -> np.ndarray:
    """Return a mask of an ellipse; degrees from x to y, which points down."""
    rows, cols = np.mgrid[:side, :side] - side // 2
    angle = np.radians(degrees)
    along = cols * np.cos(angle) + rows * np.sin(angle)
    across = rows * np.cos(angle) - cols * np.sin(angle)
    return ((along / long) ** 2 + (across / short) ** 2 <= 1).astype(np.int32)


def test_a_disk_has_one_coefficient_its_radius():
    ids, found = outlines(3 * ellipse(20, 20, 0))
    assert ids.tolist() == [3]
    size = dict(zip(FREQUENCIES.tolist(), np.abs(found[0]), strict=True))
    assert size[1] == pytest.approx(20, abs=0.4)
    assert max(length for k, length in size.items() if k != 1) < 0.15


@pytest.mark.parametrize("degrees", [0, 30, 90, 150])
def test_an_ellipse_has_its_area_and_direction(degrees: float):
    mask = ellipse(24, 12, degrees)
    _, found = outlines(mask)
    assert areas(found)[0] == pytest.approx(mask.sum(), rel=0.03)
    apart = np.degrees(orientations(found)[0]) - degrees
    assert (apart + 90) % 180 - 90 == pytest.approx(0, abs=1.5)


def test_upright_outlines_are_alike_however_they_lay():
    drop = ellipse(24, 12, 0) | np.roll(ellipse(9, 9, 0), 16, 1)
    first, _ = upright(outlines(drop)[1])
    second, _ = upright(outlines(np.rot90(drop).copy())[1])
    np.testing.assert_allclose(first, second, atol=0.25)


def test_upright_outlines_are_turned_back_to_where_they_lay():
    _, found = outlines(ellipse(24, 12, 40))
    raised, angle = upright(found)
    np.testing.assert_allclose(radii(turned(raised, angle)), radii(found), atol=0.4)


def test_radii_reach_as_far_as_the_figure_in_each_direction():
    reach = radii(outlines(ellipse(24, 12, 0))[1])[0]
    assert reach[0] == pytest.approx(24, abs=0.6)
    assert reach[ANGLES // 4] == pytest.approx(12, abs=0.6)
    angle = 2 * np.pi / 8
    between = 1 / np.hypot(np.cos(angle) / 24, np.sin(angle) / 12)
    assert reach[ANGLES // 8] == pytest.approx(between, abs=0.6)
