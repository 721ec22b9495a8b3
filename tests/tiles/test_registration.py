"""An image is laid onto its partner: turned and moved as it was, up to a tenth of a pixel."""

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.errors import UserError
from cytoforge.tiles.registration import laid, place


@pytest.fixture(scope="module")
def tissue() -> np.ndarray:
    """Blobs of two sizes, (192, 240)."""
    random = np.random.default_rng(3)
    noise = random.normal(size=(2, 192, 240))
    return ndimage.gaussian_filter(noise[0], 2) + 3 * ndimage.gaussian_filter(noise[1], 6)


def turned(image: np.ndarray, degrees: float) -> np.ndarray:
    """SciPy's own rotation, an independent reference."""
    return ndimage.rotate(image, degrees, reshape=False, order=1, mode="nearest")


@pytest.mark.parametrize("degrees", [-6.0, 0.0, 3.0])
@pytest.mark.parametrize("moved", [(0, 0), (9, -14)])
def test_what_was_turned_and_moved_is_turned_and_moved_back(tissue, degrees, moved):
    other = np.roll(turned(tissue, degrees), moved, axis=(0, 1))
    placed = place(tissue, other)
    assert placed.degrees == pytest.approx(-degrees, abs=0.3)
    on_it, known = laid(other[None], placed)
    inside = known.copy()
    inside[:20], inside[-20:], inside[:, :20], inside[:, -20:] = False, False, False, False
    found = np.corrcoef(on_it[0][inside], tissue[inside])[0, 1]
    assert found > 0.97
    assert placed.residual_px < 1


def test_a_whole_move_is_found_exactly(tissue):
    placed = place(tissue, np.roll(tissue, (5, -3), axis=(0, 1)))
    assert (placed.degrees, placed.down_px, placed.right_px) == (0.0, -5.0, 3.0)


def test_images_that_agree_stay_as_they_are(tissue):
    pixels = (np.clip(tissue, -1, 1) * 100 + 128).astype(np.uint8)[None]
    on_it, known = laid(pixels, place(tissue, tissue))
    assert np.array_equal(on_it, pixels)
    assert known.all()


def test_what_has_nothing_in_common_is_left_as_it_is(tissue):
    other = np.random.default_rng(9).normal(size=tissue.shape)
    before, after = place(tissue, other).correlation
    assert after >= before


def test_pixels_from_outside_are_not_known(tissue):
    other = np.roll(tissue, (0, 10), axis=(0, 1))
    _, known = laid(other[None], place(tissue, other))
    assert not known[:, -10:].any()
    assert known[:, :-11].all()


def test_images_of_one_grey_value_have_no_residual():
    flat = np.full((64, 64), 0.5, np.float32)
    with pytest.raises(UserError, match="one grey value"):
        place(flat, flat)
