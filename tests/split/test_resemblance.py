"""The correlation of two pictures at the best shift."""

import numpy as np
import pytest

from cytoforge.split.resemblance import most_alike, reduced

RNG = np.random.default_rng(0)
NOISE = np.stack([reduced(RNG.random((1, 32, 32)), 32) for _ in range(6)])


def test_two_windows_of_one_picture_agree_where_they_overlap():
    scene = reduced(RNG.random((1, 48, 48)), 48)
    windows = np.stack([scene[8:40, 8:40], scene[5:37, 12:44]])
    found = most_alike(windows, ["a", "b"])
    assert found.correlation == pytest.approx(1, abs=1e-5)


def test_a_shift_by_half_a_cell_is_found():
    """Thin bright lines, as of phase contrast: cells of 4 px, a shift by 2 px both ways."""
    scene = (RNG.random((1, 260, 260)) < 0.01).astype(np.float32)
    windows = np.stack([reduced(scene[:, k : k + 256, k : k + 256], 64) for k in (0, 2)])
    assert most_alike(windows, ["a", "b"]).correlation > 0.97


def test_it_is_pearsons_correlation_of_the_overlap():
    one, two = NOISE[0].copy(), NOISE[1].copy()
    one[:30, :28] += 0.5 * two[2:, 4:]  # alike when moved by (2, 4)
    found = most_alike(np.stack([one, two]), ["a", "b"])
    expected = np.corrcoef(one[:30, :28].ravel(), two[2:, 4:].ravel())[0, 1]
    assert found.correlation == pytest.approx(expected, abs=1e-5)


def test_of_six_the_pair_of_copies_is_found():
    copies = NOISE.copy()
    copies[4] = np.roll(copies[1], (5, -7), axis=(0, 1))
    found = most_alike(copies, list("abcdef"))
    assert (found.first, found.second) == (1, 4)
    assert found.correlation == pytest.approx(1, abs=1e-5)


def test_what_is_shared_is_not_compared():
    copies = np.stack([NOISE[0], NOISE[0], NOISE[1]])
    assert most_alike(copies, ["a", "a", "b"]).correlation < 0.7
    assert most_alike(copies, ["a", "b", "c"], ["x", "x", "x"]) is None


def test_a_copy_is_reduced_by_means():
    picture = np.kron(RNG.random((8, 8)), np.ones((1, 4)))[None]  # 8 × 32 px
    small = reduced(picture, 8)
    np.testing.assert_allclose(small, reduced(picture[:, :, ::4], 8), atol=1e-6)
    assert small.mean() == pytest.approx(0, abs=1e-6)
    assert np.linalg.norm(small) == pytest.approx(1)


def test_a_blank_picture_is_like_none():
    blank = reduced(0.5 + 0.001 * RNG.random((1, 32, 32)), 32)
    assert not blank.any()
    assert most_alike(np.stack([blank, blank]), ["a", "b"]).correlation == 0


def test_a_copy_among_five_hundred_is_found():
    copies = np.stack([reduced(picture, 32) for picture in RNG.random((500, 1, 32, 32))])
    copies[499] = np.roll(copies[7], 3, axis=1)
    found = most_alike(copies, [str(i) for i in range(500)])
    assert (found.first, found.second) == (7, 499)
