"""The second trivial baseline on maps whose blur and grain can be told by hand."""

import numpy as np
import pytest
from scipy.stats import norm

from cytoforge.images.image import ChannelRange, Image
from cytoforge.metrics.class_means import TrivialImages, grainy_means

MEANS = np.array([[0.2], [0.6]], np.float32)
NO_GRAIN = np.zeros_like(MEANS)
EDGE = np.repeat([[0, 1]], 8, axis=1).repeat(16, axis=0)  # 8 columns of each code


def test_an_edge_becomes_a_normal_distribution_function():
    row = grainy_means(EDGE, MEANS, NO_GRAIN, 1, "a")[0, 8]
    # Pixels of 1 at 8, 9, … weighted by a normal density of SD 1 px.
    weights = norm.pdf(np.arange(-4, 5))
    weights /= weights.sum()
    padded = np.pad(np.where(np.arange(16) < 8, 0.2, 0.6), 4, mode="edge")
    assert row == pytest.approx(np.convolve(padded, weights, "valid"), abs=1e-6)


def test_grain_has_035_of_the_sd_of_each_level():
    sds = np.array([[0.2], [0.04]], np.float32)
    wide = np.repeat([[0, 1]], 200, axis=1).repeat(400, axis=0)
    made = grainy_means(wide, MEANS, sds, 1, "a")[0]
    inside = made[:, :190], made[:, 210:]  # away from the softened edge
    assert [part.std() for part in inside] == pytest.approx([0.07, 0.014], rel=0.02)
    assert [part.mean() for part in inside] == pytest.approx([0.2, 0.6], abs=0.001)


def test_grain_depends_on_the_seed_and_the_name_alone():
    sds = np.full((2, 1), 0.1, np.float32)
    one = grainy_means(EDGE, MEANS, sds, 1, "a")
    assert np.array_equal(one, grainy_means(EDGE, MEANS, sds, 1, "a"))
    assert not np.array_equal(one, grainy_means(EDGE, MEANS, sds, 1, "b"))
    assert not np.array_equal(one, grainy_means(EDGE, MEANS, sds, 2, "a"))


def test_both_baselines_are_stored_like_the_real_image():
    real = Image("a", np.zeros((1, 16, 16), np.uint16), ("dna",), (ChannelRange(100, 300, "none"),))
    made = TrivialImages(MEANS, NO_GRAIN, 1).images(real, EDGE)
    assert {name: image.pixels.dtype for name, image in made.items()} == {
        "class_means": np.uint16,
        "grainy_means": np.uint16,
    }
    assert made["class_means"].pixels[0, 0, [0, 15]].tolist() == [140, 220]
