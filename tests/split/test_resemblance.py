"""The correlation of two pictures at the best shift."""

import time

import numpy as np
import pytest

from cytoforge.split.resemblance import most_alike, reduced

RNG = np.random.default_rng(0)
NOISE = np.stack([reduced(RNG.random((1, 32, 32)), 32) for _ in range(6)])


def correlation_at_every_shift(one: np.ndarray, two: np.ndarray) -> float:
    """The same, shift by shift."""
    side = len(one)
    moved = [np.roll(two, (r, c), axis=(0, 1)) for r in range(side) for c in range(side)]
    return max(float((one * other).sum()) for other in moved)


def test_it_is_the_largest_over_all_shifts():
    pair = NOISE[:2]
    found = most_alike(pair, ["a", "b"])
    assert found.correlation == pytest.approx(correlation_at_every_shift(*pair), abs=1e-6)


def test_a_moved_copy_correlates_fully():
    copies = NOISE.copy()
    copies[4] = np.roll(copies[1], (5, -7), axis=(0, 1))
    found = most_alike(copies, list("abcdef"))
    assert (found.first, found.second) == (1, 4)
    assert found.correlation == pytest.approx(1)


def test_what_is_shared_is_not_compared():
    copies = np.stack([NOISE[0], NOISE[0], NOISE[1]])
    assert most_alike(copies, ["a", "a", "b"]).correlation < 0.5
    assert most_alike(copies, ["a", "b", "c"], ["x", "x", "x"]) is None


def test_a_copy_is_reduced_by_means():
    picture = np.kron(RNG.random((8, 8)), np.ones((3, 4)))[None]  # 24 × 32 px
    small = reduced(picture, 8)
    np.testing.assert_allclose(small, reduced(picture[:, ::3, ::4], 8), atol=1e-6)
    assert small.mean() == pytest.approx(0, abs=1e-6)
    assert np.linalg.norm(small) == pytest.approx(1)


def test_a_blank_picture_is_like_none():
    blank = reduced(0.5 + 0.001 * RNG.random((1, 32, 32)), 32)
    assert not blank.any()
    assert most_alike(np.stack([blank, blank]), ["a", "b"]).correlation == 0


def test_a_copy_among_two_thousand_is_found_quickly():
    copies = np.stack([reduced(picture, 32) for picture in RNG.random((2000, 1, 32, 32))])
    copies[1999] = np.roll(copies[7], 3, axis=1)
    start = time.process_time()
    found = most_alike(copies, [str(i) for i in range(2000)])
    assert time.process_time() - start < 10
    assert (found.first, found.second) == (7, 1999)
