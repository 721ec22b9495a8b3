"""Fields drawn by the shape model: exact objects, as many, as large and as far apart as learned."""

import numpy as np
import pytest

from cytoforge.config.segmentation import GapConfig
from cytoforge.errors import UserError
from cytoforge.map_sources.learned_file import Learned, read_learned, write_learned
from cytoforge.map_sources.registry import Drawing, DrawRequest, draw_map, learn_maps
from cytoforge.map_sources.sources.shapes.config import ShapesConfig
from cytoforge.segmentation.segmentation import ObjectPlane
from tests.map_sources.training_cells import CODES, SIDE, segmentation, training_field

SEEDS = range(1, 7)


def drawn(
    learned: Learned, seed: int, rule: GapConfig | None = None, **settings: object
) -> Drawing:
    request = DrawRequest(seed, (SIDE, SIDE), CODES, rule)
    config = ShapesConfig.model_validate(settings)
    return draw_map("shapes", learned, request, config, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def drawings(shapes: Learned) -> list[Drawing]:
    return [drawn(shapes, seed) for seed in SEEDS]


def whole(labels: np.ndarray) -> np.ndarray:
    """Return the ids of the objects that the edge does not cut."""
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.setdiff1d(np.unique(labels), np.append(edge, 0))


def areas(labels: np.ndarray) -> np.ndarray:
    return np.bincount(labels.ravel())[whole(labels)]


def test_each_nucleus_lies_in_the_cell_of_its_id(drawings: list[Drawing]):
    for drawing in drawings:
        nuclei, cells = drawing.segmentation["nuclei"], drawing.segmentation["cells"]
        assert (cells[nuclei > 0] == nuclei[nuclei > 0]).all()
        assert np.unique(cells).tolist() == list(range(cells.max() + 1))
        assert np.isin(whole(cells), nuclei).mean() > 0.9


def test_sizes_and_numbers_are_those_of_training(drawings: list[Drawing]):
    real = [segmentation(seed) for seed in (1, 2)]
    for name in ("cells", "nuclei"):
        wanted = np.concatenate([areas(one[name]) for one in real])
        found = np.concatenate([areas(one.segmentation[name]) for one in drawings])
        assert np.mean(found) == pytest.approx(np.mean(wanted), rel=0.1)
        assert np.std(found) == pytest.approx(np.std(wanted), rel=0.4)
        numbers = [one.segmentation[name].max() for one in drawings]
        assert np.mean(numbers) == pytest.approx(
            np.mean([one[name].max() for one in real]), rel=0.12
        )


def test_layers_are_those_of_cells_of_that_size(drawings: list[Drawing]):
    """In training the largest cells are the brightest."""
    area, layer = [], []
    for drawing in drawings:
        assert drawing.layers is not None
        area.append(np.bincount(drawing.segmentation["cells"].ravel())[1:])
        layer.append(drawing.layers[1:])
    area_of, layer_of = np.concatenate(area), np.concatenate(layer)
    means = [area_of[layer_of == number].mean() for number in range(3)]
    assert means[0] < means[1] < means[2]


def test_the_same_numbers_draw_the_same_field_and_others_another(shapes: Learned):
    first, again, other = (drawn(shapes, seed).segmentation["cells"] for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_what_was_learned_is_read_as_it_was_written(shapes: Learned, tmp_path):
    write_learned(tmp_path / "a.safetensors", shapes)
    again = read_learned(tmp_path / "a.safetensors")
    field, other = (drawn(one, 3).segmentation["cells"] for one in (shapes, again))
    np.testing.assert_array_equal(field, other)
    (tmp_path / "b.safetensors").write_bytes(b"no such file")
    with pytest.raises(UserError, match=r"b\.safetensors"):
        read_learned(tmp_path / "b.safetensors")


@pytest.mark.parametrize("names", [("nuclei",), ("cells",)])
def test_objects_of_one_kind_are_drawn_alone(names, monkeypatch: pytest.MonkeyPatch):
    from cytoforge.map_sources.sources.shapes import pair_potential

    monkeypatch.setattr(pair_potential, "_ITERATIONS", 1)
    learned = learn_maps("shapes", [training_field(1, names)], CODES, seed=1)
    found = drawn(learned, 1).segmentation
    assert tuple(found.objects) == names
    assert found[names[0]].max() > 30


@pytest.mark.parametrize("form", ["strip", "circle", "ellipse"])
def test_a_wound_of_a_given_form_is_free_and_is_the_gap(shapes: Learned, form: str):
    masks = Learned(shapes.arrays, {**shapes.facts, "masks": ["gap"]})
    found = drawn(masks, 1, gap=form, gap_fraction=0.3).segmentation
    assert found["gap"].dtype == np.bool_
    assert 0.15 < found["gap"].mean() < 0.4
    assert not (found["gap"] & (found["cells"] > 0)).any()
    middle = np.s_[SIDE // 2 - 8 : SIDE // 2 + 8]
    assert found["gap"][middle, middle].mean() > 0.6


def test_the_learned_gap_is_what_the_rule_of_the_segmentation_finds(shapes: Learned):
    masks = Learned(shapes.arrays, {**shapes.facts, "masks": ["gap"]})
    rule = GapConfig(enabled=True, erode_px=12)
    found = drawn(masks, 1, rule).segmentation
    free = (found["cells"] == 0) & (found["nuclei"] == 0)
    assert 0 < found["gap"].sum() < free.sum()
    assert not drawn(masks, 1, rule, gap="none").segmentation["gap"].any()


def test_too_few_whole_objects_are_refused():
    field = training_field(1)
    few = np.where(field.segmentation["cells"] <= 5, field.segmentation["cells"], 0)
    nuclei = np.where(few > 0, field.segmentation["nuclei"], 0)
    planes = {"nuclei": ObjectPlane(nuclei, 9.0, "cells"), "cells": ObjectPlane(few, 18.0)}
    found = type(field.segmentation)(planes, "made up")
    with pytest.raises(UserError, match="at least 20 cells"):
        learn_maps("shapes", [type(field)("a", found, field.label_map, None)], CODES, seed=1)
