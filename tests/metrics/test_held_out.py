"""A classifier that is asked of whole images that it has not seen."""

import numpy as np
import pytest

from cytoforge.metrics.held_out import as_many, held_out_scores, placements


def looks(images: int, each: int, seed: int) -> np.ndarray:
    """A look of its own for every image, the same in all its patches, 30 features."""
    random = np.random.default_rng(seed)
    own = np.repeat(random.normal(0, 3, (images, 30)), each, axis=0)
    return own + random.normal(size=own.shape)


IMAGES = np.tile(np.repeat(np.arange(8), 10), 2)
MADE = np.arange(160) >= 80


def accuracy(features: np.ndarray, images: np.ndarray = IMAGES) -> float:
    scores = held_out_scores(features, MADE, images, seed=1)
    return float(((scores > 0) == MADE).mean())


def test_two_halves_of_one_distribution_are_guessed():
    same = np.random.default_rng(0).normal(size=(160, 30))
    assert accuracy(same) == pytest.approx(0.5, abs=0.1)


def test_a_shift_is_seen():
    features = np.random.default_rng(0).normal(size=(160, 30))
    features[MADE] += 1
    assert accuracy(features) > 0.95


def test_what_only_images_tell_is_no_difference_and_a_leak_would_show():
    """Real and made patches of an image look unlike each other, and each image in its own way."""
    features = np.concatenate([looks(8, 10, 1), looks(8, 10, 2)])
    assert accuracy(features) < 0.75
    patches_left_out = np.tile(np.arange(80), 2)
    assert accuracy(features, patches_left_out) > 0.95


@pytest.mark.parametrize("seed", range(12))
def test_two_real_images_beside_many_made_ones_are_never_left_out_together(seed: int):
    images = np.concatenate([np.repeat([0, 1], 15), np.repeat(np.arange(2, 17), 2)])
    made = images > 1
    features = np.random.default_rng(0).normal(size=(60, 5)) + 3 * made[:, None]
    assert ((held_out_scores(features, made, images, seed) > 0) == made).mean() > 0.95


def test_more_features_than_rows_give_the_same_direction_as_fewer():
    """Copies of the features change nothing: the two ways to solve it meet."""
    random = np.random.default_rng(3)
    features = random.normal(size=(160, 5)) + MADE[:, None]
    many = np.tile(features, 40)
    few, more = (held_out_scores(f, MADE, IMAGES, seed=1) for f in (features, many))
    assert np.corrcoef(few, more)[0, 1] > 0.999


def test_placements_are_the_area_under_the_curve():
    random = np.random.default_rng(0)
    scores, made = random.integers(0, 6, 30), random.random(30) < 0.4
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high in scores[made]
        for low in scores[~made]
    ]
    found = placements(scores.astype(float), made)
    assert found[made].mean() == pytest.approx(np.mean(pairs))
    assert found[~made].mean() == pytest.approx(np.mean(pairs))


def test_sides_are_cut_to_equal_numbers():
    rows = as_many(np.arange(10) >= 7, seed=1, most=100)
    assert (rows >= 7).sum() == 3
    assert len(rows) == len(set(rows)) == 6
    assert len(as_many(MADE, seed=1, most=5)) == 10


def test_one_image_cannot_be_left_out():
    with pytest.raises(ValueError, match="needs two"):
        held_out_scores(np.zeros((4, 2)), np.array([0, 1, 0, 1], bool), np.zeros(4), 1)
