"""The control: real maps, changed. What is changed is changed in all planes alike."""

import numpy as np

from cytoforge.map_sources.learned_file import Learned
from cytoforge.map_sources.registry import Drawing, DrawRequest, draw_map, learn_maps
from cytoforge.map_sources.sources.perturbed.config import PerturbedConfig
from cytoforge.map_sources.sources.perturbed.edits import paste, remove
from cytoforge.references.codes import OWN, Code
from tests.map_sources.training_cells import (
    CODES,
    SIDE,
    layers_by_size,
    segmentation,
    training_field,
)

STILL = {"deformation_px": 0, "removed": 0, "moved": 0, "pasted": 0}


def drawn(learned: Learned, seed: int, shape: tuple[int, int], **settings: object) -> Drawing:
    config = PerturbedConfig.model_validate(settings)
    request = DrawRequest(seed, shape, CODES, None)
    return draw_map("perturbed", learned, request, config, np.random.default_rng(seed))


def symmetries(labels: np.ndarray) -> list[np.ndarray]:
    return [np.rot90(one, k) for one in (labels, labels[:, ::-1]) for k in range(4)]


def test_without_changes_it_is_a_training_map_turned_or_flipped(perturbed: Learned):
    made_of = [segmentation(seed)["cells"] > 0 for seed in (1, 2)]
    for seed in range(1, 5):
        found = drawn(perturbed, seed, (SIDE, SIDE), **STILL).segmentation["cells"] > 0
        assert any(np.array_equal(found, one) for real in made_of for one in symmetries(real))


def test_nuclei_keep_to_their_cells_whatever_is_changed(perturbed: Learned):
    found = drawn(perturbed, 1, (SIDE, SIDE)).segmentation
    nuclei, cells = found["nuclei"], found["cells"]
    assert (cells[nuclei > 0] == nuclei[nuclei > 0]).all()


def test_layers_go_with_their_cells(perturbed: Learned):
    drawing = drawn(perturbed, 1, (SIDE, SIDE), **STILL)
    assert drawing.layers is not None
    wanted = layers_by_size(drawing.segmentation)
    inside = np.bincount(drawing.segmentation["cells"].ravel()) > 60
    assert (drawing.layers == wanted)[1:][inside[1:]].mean() > 0.95


def test_cells_are_removed_and_pasted_as_often_as_asked_for(perturbed: Learned):
    plain = drawn(perturbed, 1, (SIDE, SIDE), **STILL).segmentation["cells"]
    count = len(np.unique(plain)) - 1
    fewer = drawn(perturbed, 1, (SIDE, SIDE), **{**STILL, "removed": 0.5}).segmentation["cells"]
    assert len(np.unique(fewer)) - 1 == count - round(count / 2)
    more = drawn(perturbed, 1, (SIDE, SIDE), **{**STILL, "pasted": 0.2}).segmentation["cells"]
    assert count < len(np.unique(more)) - 1 <= count + round(count / 5)


def test_a_larger_field_goes_on_with_mirror_images_of_other_ids(perturbed: Learned):
    found = drawn(perturbed, 1, (SIDE, 2 * SIDE), **STILL).segmentation["cells"]
    left, right = found[:, :SIDE], found[:, SIDE:]
    np.testing.assert_array_equal(left > 0, (right > 0)[:, ::-1])
    inner = set(np.unique(left[:, : SIDE - 12]).tolist()) - {0}
    assert not inner & set(np.unique(right[:, 12:]).tolist())


def test_maps_of_own_classes_are_bent_and_keep_their_codes():
    field = training_field(1)
    codes = tuple(Code(i, f"c{i}", OWN, None, (i, 0, 0), (i,)) for i in range(8))
    learned = learn_maps("perturbed", [field], codes, seed=1)
    drawing = drawn(learned, 1, (64, 64))
    assert drawing.label_map is not None
    assert set(np.unique(drawing.label_map).tolist()) <= set(np.unique(field.label_map).tolist())


def test_an_object_is_moved_where_there_is_room_only():
    stack = np.zeros((2, 5, 9), np.int64)
    stack[0, 1:3, 1:3], stack[1, 1, 1] = 4, 4
    stack[0, :, 5:] = 7
    others = np.zeros((5, 9), bool)
    assert paste(stack, others, 4, 4, 2, np.random.default_rng(1))
    assert ((stack[0] == 4).sum(), (stack[1] == 4).sum(), (stack[0] == 7).sum()) == (4, 1, 20)
    others[:] = True
    assert not paste(stack, others, 4, 9, None, np.random.default_rng(1))


def test_what_is_removed_is_gone_from_all_planes():
    stack = np.array([[[1, 1, 2]], [[0, 1, 2]]])
    remove(stack, np.array([1]))
    assert stack.tolist() == [[[0, 0, 2]], [[0, 0, 2]]]
