"""Objects of a name that nobody foresaw: from a segmentation's file to label map and overlay."""

from copy import deepcopy

import numpy as np
import pytest

from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.config.model import Config
from cytoforge.config.objects import ObjectType
from cytoforge.config.references import ReferenceConfig, unknown_regions, with_levels_there
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.samples import Sample
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.codes import code_table
from cytoforge.references.instances import instances_from_label_map, object_instances
from cytoforge.references.label_map import render
from cytoforge.segmentation.label_columns import of_what_is_found
from cytoforge.segmentation.methods.labels.config import LabelsConfig
from cytoforge.segmentation.overlay import inner_outline, object_colours, overlay
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import read_segmentation, write_segmentation
from tests.segmentations import cells_and_gap

TABLE = [
    {"name": "rest", "region": "background"},
    {"name": "body", "region": "cytoplasm"},
    {"name": "core", "region": "nucleus"},
    {"name": "spot", "region": "spots"},
    {"name": "spot_edge", "region": "spots_rim"},
    {"name": "vein", "region": "vessel"},
]


def reference(levels=TABLE) -> ReferenceConfig:
    return ReferenceConfig.model_validate({"segmentation": "s", "levels": levels})


@pytest.fixture
def field() -> Segmentation:
    """A cell with a nucleus, a spot of 3 × 3 px beside it, and a vessel along the edge."""
    cells, spots = np.zeros((2, 7, 12), np.int32)
    cells[1:6, 1:6] = 1
    spots[2:5, 7:10] = 5
    nuclei = np.zeros_like(cells)
    nuclei[3, 3] = 1
    vessel = np.zeros(cells.shape, bool)
    vessel[:, 11] = True
    return cells_and_gap(nuclei, cells, np.zeros_like(vessel), spots=spots, vessel=vessel)


def test_they_are_in_the_file(field, tmp_path):
    write_segmentation(tmp_path / "s.ome.tif", field)
    back = read_segmentation(tmp_path / "s.ome.tif")
    assert list(back.objects) == ["nuclei", "cells", "gap", "spots", "vessel"]
    for name, plane in field.objects.items():
        np.testing.assert_array_equal(back[name], plane.array)
        found = back.objects[name]
        assert (found.kind, found.within) == (plane.kind, plane.within)
        assert found.diameter_px == plane.diameter_px


def test_one_plane_alone_is_a_segmentation(tmp_path):
    organs = Segmentation({"organs": ObjectPlane(np.eye(3, dtype=np.int32), 9.5)}, "by hand")
    write_segmentation(tmp_path / "s.ome.tif", organs)
    back = read_segmentation(tmp_path / "s.ome.tif")
    np.testing.assert_array_equal(back["organs"], organs["organs"])
    assert (back.main_object, back.objects["organs"].diameter_px) == ("organs", 9.5)
    table = reference([{"name": "organ", "region": "organs"}])
    assert render(back, None, table).tolist() == np.eye(3).tolist()


def test_they_are_regions_of_a_label_map(field):
    assert render(field, None, reference()).tolist() == [
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6],
        [1, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 6],
        [1, 2, 2, 2, 2, 2, 1, 5, 5, 5, 1, 6],
        [1, 2, 2, 3, 2, 2, 1, 5, 4, 5, 1, 6],
        [1, 2, 2, 2, 2, 2, 1, 5, 5, 5, 1, 6],
        [1, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 6],
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6],
    ]


def test_an_object_without_a_region_for_its_rim_keeps_it(field):
    rendered = render(field, None, reference([TABLE[0], TABLE[3]]))
    np.testing.assert_array_equal(rendered == 2, field["spots"] > 0)


def test_a_region_that_the_segmentation_lacks_is_named(field):
    with pytest.raises(UserError, match="did you mean `spots`"):
        render(field, None, reference([{"name": "a", "region": "spot"}]))


def test_their_colours_differ(field):
    colours = [code.colour for code in code_table(reference())]
    assert len(set(colours)) == len(colours)


def test_they_are_instances_of_their_own_outside_cells(field):
    expected = np.where(field["spots"] > 0, 6, field["cells"])
    np.testing.assert_array_equal(object_instances(field), expected)


def test_they_are_found_again_in_a_label_map(field):
    found = instances_from_label_map(
        render(field, None, reference(TABLE[:4])), code_table(reference(TABLE[:4]))
    )
    np.testing.assert_array_equal(found > 0, object_instances(field) > 0)
    assert len(np.unique(found[field["spots"] > 0])) == 1


def test_they_are_outlined_in_the_overlay(field):
    image = Image("a", np.ones((1, 7, 12), np.uint8), ("dna",), (ChannelRange(0, 1),), None)
    picture = overlay(image, field)
    colour = object_colours(field.objects)["spots"]
    assert (picture[inner_outline(field["spots"])] == colour).all()


def test_a_region_that_the_method_does_not_offer_is_named_before_anything_runs():
    raw = deepcopy(SHIPPED)
    raw["references"]["level7"]["levels"] = [{"name": "a", "region": "nuclues"}]
    with pytest.raises(UserError, match=r"level7\.levels\.0\.region: .*did you mean `nucleus`"):
        load_config(raw)


class OnlyNuclei(SegmentationBase):
    """A plugin's method without cells."""

    method: str = "only_nuclei"

    @property
    def found(self) -> dict[str, ObjectType]:
        return {"nuclei": ObjectType()}


class OnlyCells(OnlyNuclei):
    """A plugin's method without nuclei."""

    @property
    def found(self) -> dict[str, ObjectType]:
        return {"cells": ObjectType()}


LAYERED = [
    {"name": "dark", "region": "cytoplasm", "layer": 0},
    {"name": "bright", "region": "cytoplasm", "layer": 1},
]


class OnlySpots(OnlyNuclei):
    """A plugin's method that sees neither nuclei nor cells."""

    @property
    def found(self) -> dict[str, ObjectType]:
        return {"spots": ObjectType()}


@pytest.mark.parametrize(
    ("method", "levels", "complaint"),
    [
        (OnlySpots(), 7, "levels: 7 levels need nuclei or cells"),
        (OnlyNuclei(), LAYERED, "levels.0.region: segmentation 's' offers no region 'cytoplasm'"),
    ],
)
def test_levels_of_objects_that_a_method_lacks_are_named_before_anything_runs(
    method, levels, complaint
):
    problems = unknown_regions({"r": reference(levels)}, {"s": method})
    assert str(problems[0]).startswith(f"references.r.{complaint}")


@pytest.mark.parametrize(
    ("method", "levels", "kept", "absent"),
    [
        (OnlyNuclei(), 4, "background nucleus nucleus_rim", "cytoplasm, cell_rim, since"),
        (LabelsConfig(cells_column=None), 7, "background nucleus nucleus_rim", "cytoplasm_dark"),
        (OnlyCells(), 4, "background cytoplasm cell_rim", "nucleus, since"),
        (
            LabelsConfig(nuclei_column=None),
            7,
            "background cytoplasm_dark cytoplasm_middle cytoplasm_bright cell_rim",
            "nucleus, nucleus_rim, since",
        ),
    ],
)
def test_levels_of_objects_that_nobody_looks_for_are_left_out_and_said_so(
    method, levels, kept, absent
):
    before, notices = {"r": reference(levels)}, []
    assert unknown_regions(before, {"s": method}) == []
    after = with_levels_there(before, {"s": method}, notices)["r"]
    assert [level.name for level in after.levels] == kept.split()
    assert notices[0].startswith("references.r: without ") and absent in notices[0]


def test_a_table_that_lacks_nothing_stays_as_it_is():
    before, notices = {"r": reference(7), "own": reference(LAYERED)}, []
    assert with_levels_there(before, {"s": LabelsConfig()}, notices) == before
    assert notices == []


def test_layers_of_cells_without_nuclei_take_all_of_a_cell(field):
    cells = Segmentation({"cells": field.objects["cells"]}, "theirs")
    grey = np.where(np.arange(12) < 6, 10, 200) * np.ones((7, 1), np.float32)
    rendered = render(cells, grey, reference(LAYERED), LayerBounds((100,)))
    np.testing.assert_array_equal(rendered == 1, (field["cells"] > 0) & (grey < 100))


def test_layers_of_a_plane_that_is_not_there_name_the_planes_found(field):
    rest = {name: plane for name, plane in field.objects.items() if name != "cells"}
    with pytest.raises(UserError, match="expected: a plane of cells") as caught:
        render(Segmentation(rest, "theirs"), np.ones((7, 12), np.float32), reference(LAYERED))
    assert caught.value.found == f"planes of {', '.join(rest)}"


def of_labels(levels, *columns: str) -> tuple[Config, list[str]]:
    """Return what is left of a config whose table has files in these columns, and the notices."""
    raw = deepcopy(SHIPPED)
    raw["segmentations"]["cells"] = {"method": "labels"}
    for block in raw["references"].values():
        block["levels"] = levels
    sample = Sample("a", {"path": "a.tif"}, columns=dict.fromkeys(columns, "labels.tif"))
    notices: list[str] = []
    return of_what_is_found(load_config(raw), [sample], notices), notices


def test_a_table_with_labels_of_nuclei_alone_has_no_cells():
    config, notices = of_labels(4, "nuclei_labels")
    assert list(config.segmentations["cells"].objects) == ["nuclei"]
    names = [level.name for level in config.references["level4"].levels]
    assert names == ["background", "nucleus", "nucleus_rim"]
    assert "without cytoplasm, cell_rim, since segmentation 'cells' finds nuclei only" in notices[0]


def test_a_table_with_both_stays_as_it_is():
    config, notices = of_labels(7, "nuclei_labels", "cells_labels")
    assert (config.references["level4"].levels, notices) == (7, [])


def test_levels_of_cells_need_a_file_of_cells_in_the_table():
    with pytest.raises(UserError, match="offers no region 'cytoplasm'"):
        of_labels(LAYERED, "nuclei_labels")


def test_touching_nuclei_without_cells_stay_apart_in_a_map_of_4_levels():
    """Two nuclei side by side: in one row of pixels, nucleus 2 and rim 3."""
    labels = np.zeros((5, 10), np.int32)
    labels[1:4, 1:5], labels[1:4, 5:9] = 1, 2
    nuclei = Segmentation({"nuclei": ObjectPlane(labels)}, "theirs")
    table = with_levels_there({"r": reference(4)}, {"s": OnlyNuclei()}, [])["r"]
    assert render(nuclei, None, table)[2].tolist() == [1, 3, 2, 2, 3, 3, 2, 2, 3, 1]
