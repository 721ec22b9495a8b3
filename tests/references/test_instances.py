"""Instance labels: those of a segmentation, and cells found again in label maps."""

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.config.references import ReferenceConfig
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.codes import Code, code_table
from cytoforge.references.instances import instances_from_label_map, object_instances
from cytoforge.references.label_map import render
from cytoforge.references.own.classes import MapClass, class_codes
from cytoforge.segmentation.matching import match_instances
from cytoforge.segmentation.segmentation import Segmentation
from tests.segmentations import cells_and_gap

LEVEL4 = code_table(ReferenceConfig(segmentation="cells", levels=4))
LEVEL7 = code_table(ReferenceConfig(segmentation="cells", levels=7))


def segmentation(nuclei: np.ndarray, cells: np.ndarray) -> Segmentation:
    return cells_and_gap(
        nuclei.astype(np.int32), cells.astype(np.int32), np.zeros(cells.shape, bool), 11, 22, "test"
    )


def rendered_cells(seed: int, side: int = 256) -> Segmentation:
    """About 100 round cells around round nuclei, most of them touching; ids 1, 2, …."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(12, side - 11, 22)] * 2), -1).reshape(-1, 2)
    centres = grid[rng.random(len(grid)) < 0.85]
    centres = centres + rng.integers(-3, 4, centres.shape)
    free = np.ones((side, side), bool)
    free[tuple(centres.T)] = False
    distance, nearest = ndimage.distance_transform_edt(free, return_indices=True)
    ids = np.zeros((side, side), np.int32)
    ids[tuple(centres.T)] = np.arange(1, len(centres) + 1)
    ids = ids[tuple(nearest)]
    return segmentation(np.where(distance < 5.5, ids, 0), np.where(distance < 13, ids, 0))


def test_a_nucleus_outside_every_cell_counts_as_a_cell() -> None:
    nuclei = np.array([[1, 0, 0, 3, 3]])
    cells = np.array([[1, 1, 0, 0, 0]])
    assert object_instances(segmentation(nuclei, cells)).tolist() == [[1, 1, 0, 4, 4]]


@pytest.mark.parametrize("levels", [4, 7, 9])
def test_cells_are_found_again_in_their_label_map(levels: int) -> None:
    config = ReferenceConfig(segmentation="cells", levels=levels)
    truth = rendered_cells(levels)
    grey = truth["cells"].astype(np.float32) % 7 * 30  # a cell's grey value, and so its layer
    bounds = {
        4: None,
        7: LayerBounds((50.0, 100.0), None),
        9: LayerBounds((70.0, 100.0), (40.0, 130.0)),
    }[levels]
    rendered = render(truth, grey, config, bounds)
    found = instances_from_label_map(rendered, code_table(config))
    assert found.dtype == np.int32
    matching = match_instances(object_instances(truth), found)
    assert matching.tp > 80
    assert matching.f1 > 0.95
    assert matching.mean_iou > 0.95


def test_a_rim_is_shared_by_the_two_cells_beside_it() -> None:
    # cytoplasm (2), two pixels of rim (3), cytoplasm, background (1)
    found = instances_from_label_map(np.array([[2, 2, 3, 3, 2, 2, 1]], np.uint8), LEVEL4)
    assert found.tolist() == [[1, 1, 1, 2, 2, 2, 0]]


def test_every_connected_piece_of_the_users_own_classes_is_one_object() -> None:
    codes = class_codes((MapClass("ground", (0,)), MapClass("tumour", (7,))))
    found = instances_from_label_map(np.array([[0, 1, 1], [1, 0, 1], [1, 0, 0]], np.uint8), codes)
    assert found.tolist() == [[1, 2, 2], [3, 4, 2], [3, 4, 4]]


def test_cells_that_touch_without_a_rim_are_parted_between_their_nuclei() -> None:
    codes = tuple(
        Code(number, region, region, None, (0, 0, 0))
        for number, region in enumerate(("gap", "background", "cytoplasm", "nucleus"))
    )
    row = [[1, 2, 3, 2, 2, 2, 2, 3, 2, 1]]
    found = instances_from_label_map(np.array(row * 3, np.uint8), codes)
    assert found.tolist() == [[0, 1, 1, 1, 1, 2, 2, 2, 2, 0]] * 3


def test_nuclei_that_touch_are_parted_by_their_rims() -> None:
    # nucleus rim (7) around each core (6): one pixel of either at the border
    row = [[7, 6, 6, 7, 7, 6, 6, 7]]
    found = instances_from_label_map(np.array(row, np.uint8), LEVEL7)
    assert found.tolist() == [[1, 1, 1, 1, 2, 2, 2, 2]]


def test_nuclei_that_touch_without_rims_are_parted_where_they_are_narrow() -> None:
    rows, cols = np.mgrid[:24, :44]
    one, two = ((rows - 12) ** 2 + (cols - centre) ** 2 <= 100 for centre in (12, 31))
    rendered = np.where(one | two, 4, 2).astype(np.uint8)
    found = instances_from_label_map(rendered, LEVEL4)
    assert len(np.unique(found[one | two])) == 2
    assert found[12, 12] != found[12, 31]


def test_a_sliver_cut_off_by_a_rim_is_no_cell() -> None:
    rendered = np.full((20, 20), 2, np.uint8)
    rendered[5:9, 5:9] = 4
    rendered[:, 15] = 3
    rendered[2:, 16:] = 1  # of the neighbour beyond the rim only 8 pixels are left
    found = instances_from_label_map(rendered, LEVEL4)
    assert np.unique(found).tolist() == [0, 1]
    assert (found == 0).sum() == (rendered == 1).sum()


def test_cytoplasm_without_a_nucleus_is_a_cell() -> None:
    rendered = np.ones((10, 20), np.uint8)
    rendered[2:8, 2:8] = rendered[2:8, 12:18] = 2
    found = instances_from_label_map(rendered, LEVEL4)
    assert np.unique(found).tolist() == [0, 1, 2]


def test_a_map_without_cells_has_no_instances() -> None:
    rendered = np.zeros((5, 5), np.uint8)
    rendered[2:] = 1
    assert not instances_from_label_map(rendered, LEVEL7).any()
