"""Layer bounds: by count, of the right cells, or a clear refusal."""

import numpy as np
import pytest

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.references.bounds import (
    LayerBounds,
    cells_per_layer,
    compute_bounds,
    layer_means,
)
from cytoforge.references.bounds_file import read_bounds, record_bounds, write_bounds
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.split.region import Region
from tests.segmentations import cells_and_gap


def reference(levels, **bounds) -> ReferenceConfig:
    return ReferenceConfig.model_validate({"segmentation": "s", "levels": levels, "bounds": bounds})


def layered(n_layers: int) -> list[dict]:
    return [{"name": f"c{k}", "region": "cytoplasm", "layer": k} for k in range(n_layers)]


@pytest.mark.parametrize(("n", "lower", "upper"), [(3, 1, 2), (9, 3, 6), (10, 3, 6), (11, 3, 7)])
def test_tertiles_are_the_elements_at_a_third_and_two_thirds_of_the_count(n, lower, upper):
    means = np.random.default_rng(n).permutation(n).astype(float)  # sorted, mean i is i
    assert compute_bounds(means, reference(7)) == LayerBounds((lower, upper))


def test_tertiles_go_by_count_and_not_by_range():
    means = np.array([1, 2, 3, 4, 5, 6, 1000, 2000, 3000.0])
    assert compute_bounds(means, reference(7)).inner == (4, 1000)


def test_published_class_sizes_come_back_from_published_counts():
    # The author's first image: 1,921 cells fell into classes of 307, 498, 498, 498 and 120.
    random = np.random.default_rng(0)
    parts = [(307, 34, 55), (1494, 55, 95), (120, 95, 141)]
    means = np.concatenate([random.uniform(low, high, n) for n, low, high in parts])
    bounds = compute_bounds(means, reference(9, outer=[55, 95]))
    assert cells_per_layer(means, bounds) == (307, 498, 498, 498, 120)


def test_nine_levels_without_outer_bounds_take_quantiles():
    means = np.arange(1001, dtype=float)
    assert compute_bounds(means, reference(9)).outer == (160.0, 938.0)


def test_original_mode_has_the_published_outer_bounds():
    means = np.linspace(30, 140, 500)
    assert compute_bounds(means, reference(9, mode="original")).outer == (55.0, 95.0)


@pytest.mark.parametrize(("n_layers", "inner"), [(2, (50,)), (4, (25, 50, 75))])
def test_custom_tables_divide_evenly_by_count(n_layers, inner):
    config = reference(layered(n_layers))
    assert compute_bounds(np.arange(100.0), config) == LayerBounds(inner)


def test_custom_table_with_outer_bounds_divides_what_lies_between():
    # 41 means lie in [20, 61); with 61 itself they would be 42 and the middle one 41.
    bounds = compute_bounds(np.arange(100.0), reference(layered(4), outer=[20, 61]))
    assert bounds.edges == (20, 40, 61)


def test_fixed_bounds_are_taken_as_they_are():
    config = reference(9, mode="fixed", inner=[60, 70], outer=[55, 95])
    assert compute_bounds(np.empty(0), config).edges == (55, 60, 70, 95)


@pytest.mark.parametrize(
    ("levels", "bounds", "means", "message"),
    [
        (9, {"outer": [150, 200]}, [10, 20, 45.5], r"3 cells .* 10\.00 to 45\.50 .* 0 in \[150"),
        (7, {}, [], "no cells with cytoplasm"),
        (9, {}, [], "no cells with cytoplasm"),
        (7, {}, [80, 80, 80, 80], "4 cells .* of 1 different values"),
        (7, {}, [80, 90], "2 cells .* of 2 different values"),
    ],
)
def test_empty_interval_names_the_block_and_the_range_found(levels, bounds, means, message):
    with pytest.raises(UserError, match=message) as caught:
        compute_bounds(
            np.array(means, float), reference(levels, **bounds), where="references.maps9"
        )
    assert caught.value.where == "references.maps9"


def two_cells() -> tuple[Segmentation, np.ndarray]:
    # Cell 1 has its centroid in column 1.5, cell 2 in column 5.
    cells = np.array([[1, 1, 1, 1, 2, 2, 2]], dtype=np.int32)
    none = np.zeros_like(cells)
    seg = cells_and_gap(none, cells, none.astype(bool), 2, 3, "by hand")
    return seg, np.array([[10, 10, 10, 10, 90, 90, 90]], dtype=np.float32)


def region(split: str, col0: int, col1: int, image: str = "a") -> Region:
    return Region(image, split, 0, col0, 1, col1, image)  # type: ignore[arg-type]


def test_all_cells_count_without_regions():
    assert layer_means(*two_cells()).tolist() == [10, 90]


def test_only_cells_centred_in_training_regions_count():
    regions = [region("train", 0, 2), region("test", 2, 7)]
    assert layer_means(*two_cells(), regions).tolist() == [10]


@pytest.mark.parametrize("turned", [False, True], ids=["column", "row"])
def test_centroid_on_a_border_belongs_to_the_region_that_begins_there(turned):
    seg, grey = two_cells()
    before, after = Region("a", "train", 0, 2, 1, 5, "a"), Region("a", "train", 0, 5, 1, 7, "a")
    if turned:
        seg = cells_and_gap(seg["nuclei"].T, seg["cells"].T, seg["gap"].T, 2, 3, "by hand")
        grey = grey.T
        before, after = (Region("a", "train", r.col0, 0, r.col1, 1, "a") for r in (before, after))
    assert layer_means(seg, grey, [before]).tolist() == []
    assert layer_means(seg, grey, [after]).tolist() == [90]


def test_no_training_region_means_no_cell_counts():
    assert layer_means(*two_cells(), [region("val", 0, 7)]).size == 0


def test_regions_of_two_images_are_a_mistake():
    regions = [region("train", 0, 2), region("train", 0, 2, image="b")]
    with pytest.raises(ValueError, match="several images"):
        layer_means(*two_cells(), regions)


def test_training_pools_the_images_and_original_takes_the_first():
    means = {"a": np.array([1.0, 2, 3]), "b": np.array([10.0, 20, 30])}
    assert record_bounds(means, reference(7)).bounds.inner == (3, 20)
    original = record_bounds(means, reference(7, mode="original"))
    assert (original.bounds.inner, original.images, original.n_cells) == ((2, 3), ("a",), 3)


def test_record_holds_what_the_report_shows():
    record = record_bounds({"a": np.arange(90.0)}, reference(7))
    assert (record.mode, record.n_cells, record.cells_per_layer) == ("training", 90, (30, 30, 30))
    assert sum(record.histogram_counts) == 90
    assert (record.histogram_edges[0], record.histogram_edges[-1]) == (0, 89)


@pytest.mark.parametrize(
    "config",
    [reference(7), reference(9), reference(7, mode="fixed", inner=[60.1, 70.7])],
    ids=["7", "9", "fixed"],
)
def test_bounds_file_round_trip(tmp_path, config):
    means = {"a": np.random.default_rng(1).normal(80, 20, 300), "b": np.array([1 / 3])}
    record = record_bounds(means, config)
    write_bounds(tmp_path / "bounds.json", record)
    assert read_bounds(tmp_path / "bounds.json") == record


def test_fixed_bounds_need_no_cells(tmp_path):
    record = record_bounds({}, reference(7, mode="fixed", inner=[60, 70]))
    assert (record.n_cells, record.histogram_counts) == (0, ())


@pytest.mark.parametrize("text", ["", "[]", '{"bounds": 3}', '{"mode": "training"}'])
def test_damaged_bounds_file_is_named(tmp_path, text):
    path = tmp_path / "bounds.json"
    path.write_text(text)
    with pytest.raises(UserError, match="layer bounds as written"):
        read_bounds(path)


def test_a_layer_that_fixed_bounds_leave_empty_is_named():
    means = {"a": np.array([10.0, 20.0, 200.0])}
    with pytest.raises(UserError, match=r"2, 0, 1 cells per layer; mean grey goes from 10\.00"):
        record_bounds(means, reference(7, mode="fixed", inner=[60, 70]))
