"""Objects go through vectors unharmed, and new ones are spread as those of training are."""

import numpy as np

from cytoforge.map_sources.sources.shapes.outlines import ORDER, areas
from cytoforge.map_sources.sources.shapes.population import (
    Objects,
    ShapeModel,
    from_vectors,
    to_vectors,
)


def ellipses(count: int, seed: int) -> tuple[Objects, np.ndarray, np.ndarray]:
    """Return upright ellipses of several sizes, with circles of a quarter of the area beside
    their middle."""
    random = np.random.default_rng(seed)
    long, short = random.uniform(9, 14, count), random.uniform(5, 9, count)
    outline = np.zeros((count, 2 * ORDER), np.complex128)
    outline[:, ORDER], outline[:, ORDER - 1] = (long + short) / 2, (long - short) / 2
    inner = np.zeros_like(outline)
    inner[:, ORDER] = np.sqrt(long * short) / 2
    place = random.normal(0, 1, (count, 2))
    return Objects(outline, inner, place), areas(outline), areas(inner)


def test_vectors_are_turned_into_the_same_objects():
    objects, area, inner_area = ellipses(5, 1)
    again = from_vectors(to_vectors(objects, area, inner_area), area, inner_area)
    for name in ("outline", "inner", "place"):
        np.testing.assert_allclose(getattr(again, name), getattr(objects, name), atol=1e-9)


def test_without_variety_the_training_objects_are_drawn():
    vectors = to_vectors(*ellipses(30, 2))
    drawn = ShapeModel.fitted(vectors).drawn(np.arange(30), 0.0, np.random.default_rng(1))
    kept = ((drawn - vectors) ** 2).sum() / ((vectors - vectors.mean(0)) ** 2).sum()
    assert kept < 0.01


def test_with_variety_the_spread_is_that_of_training():
    vectors = to_vectors(*ellipses(200, 3))
    rows = np.random.default_rng(2).integers(0, 200, 4000)
    drawn = ShapeModel.fitted(vectors).drawn(rows, 0.5, np.random.default_rng(3))
    spread, wanted = drawn.std(0), vectors.std(0)
    assert np.abs(drawn - vectors[rows]).max() > 0.1
    np.testing.assert_allclose(spread[wanted > 0.02], wanted[wanted > 0.02], rtol=0.1)
