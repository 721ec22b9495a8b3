"""Label maps by eye, and what is refused."""

import numpy as np
import pytest

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.label_map import render
from cytoforge.segmentation.segmentation import Segmentation
from tests.segmentations import cells_and_gap


def reference(levels, **options) -> ReferenceConfig:
    return ReferenceConfig.model_validate({"segmentation": "s", "levels": levels, **options})


def field_of(cells, nuclei, gap=None) -> Segmentation:
    cells = np.array(cells, dtype=np.int32)
    gap = np.zeros(cells.shape, bool) if gap is None else np.array(gap, bool)
    return cells_and_gap(np.array(nuclei, dtype=np.int32), cells, gap, 3, 5, "by hand")


# One 5×5 cell with a 3×3 nucleus; around it a column of background, and gap on the far right.
ONE_CELL = field_of(
    cells=[[0] * 9] + [[0, 1, 1, 1, 1, 1, 0, 0, 0]] * 5 + [[0] * 9],
    nuclei=[[0] * 9] * 2 + [[0, 0, 1, 1, 1, 0, 0, 0, 0]] * 3 + [[0] * 9] * 2,
    gap=[[0] * 7 + [1] * 2] * 7,
)


def test_four_levels_by_eye():
    assert render(ONE_CELL, None, reference(4)).tolist() == [
        [1, 1, 1, 1, 1, 1, 1, 0, 0],
        [1, 3, 3, 3, 3, 3, 1, 0, 0],
        [1, 3, 4, 4, 4, 3, 1, 0, 0],
        [1, 3, 4, 4, 4, 3, 1, 0, 0],
        [1, 3, 4, 4, 4, 3, 1, 0, 0],
        [1, 3, 3, 3, 3, 3, 1, 0, 0],
        [1, 1, 1, 1, 1, 1, 1, 0, 0],
    ]


def test_four_levels_with_separate_nucleus_rim_show_what_lies_beneath():
    rendered = render(ONE_CELL, None, reference(4, nucleus_rim="separate"))
    assert rendered[2:5, 2:5].tolist() == [[2, 2, 2], [2, 4, 2], [2, 2, 2]]


def test_seven_levels_give_the_nucleus_rim_its_own_code():
    grey = np.full((7, 9), 65, np.float32)
    rendered = render(ONE_CELL, grey, reference(7), LayerBounds((60, 70)))
    assert rendered[1:6, 1:6].tolist() == [
        [5, 5, 5, 5, 5],
        [5, 7, 7, 7, 5],
        [5, 7, 6, 7, 5],
        [5, 7, 7, 7, 5],
        [5, 5, 5, 5, 5],
    ]


def test_cell_floating_in_a_filled_gap_loses_both_rims():
    # The original kept the nucleus rim (code 7) inside the gap and dropped the cell's.
    floating = ONE_CELL.with_arrays({"gap": np.ones((7, 9), bool)})
    rendered = render(floating, np.zeros((7, 9), np.float32), reference(7), LayerBounds((60, 70)))
    assert set(np.unique(rendered).tolist()) == {0, 2, 6}


def test_table_without_cell_rims_leaves_no_background_between_touching_cells():
    touching = field_of([[1, 1, 2, 2]] * 3, [[0] * 4] * 3)
    table = [{"name": "rest", "region": "background"}, {"name": "body", "region": "cytoplasm"}]
    assert (render(touching, None, reference(table)) == 2).all()


def test_layered_table_of_an_image_without_cells_needs_no_bounds():
    empty = field_of([[0, 0]], [[0, 0]], gap=[[0, 1]])
    assert render(empty, np.zeros((1, 2), np.float32), reference(9)).tolist() == [[1, 0]]


def test_integer_gap_is_refused():
    seg = ONE_CELL.with_arrays({"gap": ONE_CELL["gap"].astype(np.uint8)})
    with pytest.raises(UserError, match="dtype uint8"):
        render(seg, None, reference(4))


def test_arrays_of_different_shape_are_refused():
    with pytest.raises(UserError, match=r"nuclei \(6, 9\)"):
        ONE_CELL.with_arrays({"nuclei": ONE_CELL["nuclei"][1:]})


def test_grey_of_another_shape_is_refused():
    with pytest.raises(UserError, match="one per pixel of the labels"):
        render(ONE_CELL, np.zeros((3, 3), np.float32), reference(7), LayerBounds((60, 70)))


def test_bounds_of_another_table_are_refused():
    with pytest.raises(UserError, match="4 rising values for 5 layers"):
        render(ONE_CELL, np.zeros((7, 9), np.float32), reference(9), LayerBounds((60, 70)))
