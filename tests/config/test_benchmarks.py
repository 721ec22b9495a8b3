"""What a benchmark compares, and what it cannot compare, is known before any job."""

from copy import deepcopy
from typing import Any

import pytest

from cytoforge.config.benchmark_problems import compared_objects, objects_of_truth
from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.config.model import Config
from cytoforge.config.set_graph import all_sets
from cytoforge.errors import UserError
from cytoforge.segmentation.readiness import not_ready, only_compared

CELLPOSE = {"method": "cellpose", "models_dir": "no/such/folder"}


def config_with(**benchmark: Any) -> dict[str, Any]:
    """The shipped config with further segmentations, and a benchmark of these settings."""
    raw = deepcopy(SHIPPED)
    raw["segmentations"] |= {
        "drawn": {"method": "labels", "nuclei_column": "nuclei", "cells_column": None},
        "foreign": CELLPOSE,
        "stained": {"method": "stain", "nuclei_channel": "dna"},
    }
    raw["references"]["types"] = {"column": "types", "classes": {"ground": 0, "cell": 1}}
    raw["sets"]["drawn_maps"] = {"maps_by": "shapes", "like": "tiles7", "count": 2}
    raw["sets"]["from_nothing"] = {"images_by": "pix2pix7", "maps": "drawn_maps"}
    raw["sets"]["both"] = {"union": ["pix2pix7", "pix2pix4"]}
    raw["benchmarks"] = {"b": benchmark}
    return raw


def config(**benchmark: Any) -> Config:
    return load_config(config_with(**benchmark))


def objects(**benchmark: Any) -> tuple[str, ...]:
    whole = config(**benchmark)
    sets = all_sets(whole, dict.fromkeys(whole.models, "image"))
    return compared_objects(whole, sets, whole.benchmarks["b"])


def test_a_made_set_knows_its_truth_and_both_objects_are_compared():
    assert objects(set="pix2pix7", segmentations=["cells"]) == ("nuclei", "cells")
    assert objects(set="pix2pix7", segmentations=["foreign"], objects=["cells"]) == ("cells",)


def test_a_set_of_drawn_maps_knows_its_truth_too():
    assert objects(set="from_nothing", segmentations=["cells"]) == ("nuclei", "cells")


def test_only_what_the_truth_has_is_compared():
    assert objects(segmentations=["cells"], truth="drawn") == ("nuclei",)
    assert objects(segmentations=["cells"], truth="drawn", outside={"x": "folder"}) == ("nuclei",)


def test_tools_outside_alone_can_be_compared():
    assert objects(set="pix2pix7", outside={"x": {"cells": "folder"}}) == ("cells",)


def test_the_truth_of_real_images_is_that_of_its_segmentation():
    whole = config(segmentations=["cells"], truth="drawn")
    assert objects_of_truth(whole, {}, whole.benchmarks["b"]) == ("nuclei",)


@pytest.mark.parametrize(
    ("benchmark", "complaint"),
    [
        ({}, "benchmarks.b: nothing to compare"),
        ({"set": "rael", "segmentations": ["cells"]}, "did you mean `real`?"),
        ({"set": "both", "segmentations": ["cells"]}, "'both' is a union"),
        ({"set": "pix2pix7", "segmentations": ["cels"]}, "did you mean `cells`?"),
        ({"segmentations": ["cells"]}, "real images have no exact truth"),
        ({"segmentations": ["cells"], "truth": "cells"}, "'cells' is the truth"),
        ({"segmentations": ["cells"], "truth": "drawm"}, "did you mean `drawn`?"),
        ({"set": "pix2pix7", "segmentations": ["drawn"]}, "cannot segment the set 'pix2pix7'"),
        (
            {"segmentations": ["cells"], "truth": "drawn", "objects": ["cells"]},
            "the truth 'drawn' has no 'cells' (there: nuclei)",
        ),
        (
            {"set": "hand_drawn", "segmentations": ["foreign"], "truth": "cells"},
            "'cells' is of real images, and 'hand_drawn' is made of none",
        ),
        ({"set": "hand_drawn", "segmentations": ["cells"]}, "without a file of their objects"),
        ({"set": "drawn_maps", "segmentations": ["cells"]}, "has label maps and no images"),
        (
            {"set": "from_nothing", "segmentations": ["foreign"], "truth": "cells"},
            "'from_nothing' is made of none; leave the key out",
        ),
        (
            {"set": "pix2pix7", "outside": {"x": {"cell": "f"}}, "objects": ["cells"]},
            "outside.x: 'cell' is not compared (compared: cells); did you mean `cells`?",
        ),
        (
            {"set": "pix2pix7", "segmentations": ["cells"], "outside": {"cells": "f"}},
            "cells is also a name in `segmentations`",
        ),
        (
            {"segmentations": ["cells"], "truth": "drawn", "classes": "typs"},
            "'typs' is no reference of label maps that you have, with `column` (there: types)",
        ),
        (
            {"set": "pix2pix7", "segmentations": ["cells"], "classes": "types"},
            "are known of `real`, and the benchmark is of 'pix2pix7'",
        ),
        (
            {"segmentations": ["cells"], "truth": "drawn", "tissues": "organ"},
            "tissues: is of `classes`, which are not given",
        ),
    ],
)
def test_what_cannot_be_compared_is_named(benchmark: dict[str, Any], complaint: str):
    with pytest.raises(UserError) as caught:
        config(**benchmark)
    assert complaint in str(caught.value)


def test_a_segmenter_of_none_of_the_objects_is_named():
    with pytest.raises(UserError, match="'stained' finds nuclei and none of cells"):
        config(set="pix2pix7", segmentations=["cells", "stained"], objects=["cells"])


def test_what_only_a_benchmark_uses_may_lack_its_weights_and_says_so():
    whole = config(set="pix2pix7", segmentations=["cells", "foreign"])
    assert only_compared(whole) == ("foreign",)
    reason = not_ready(whole, only_compared(whole), own_environments=True)["foreign"]
    assert "no/such/folder/nucleitorch_0: no such file; download" in reason
    assert not_ready(whole, ["cells"], own_environments=False) == {}


def test_without_its_environment_a_method_is_skipped_with_the_word_that_helps(tmp_path):
    for name in ("nucleitorch_0", "cytotorch_0"):
        (tmp_path / name).write_bytes(b"")
    raw = config_with(set="pix2pix7", segmentations=["foreign"])
    raw["segmentations"]["foreign"] = {**CELLPOSE, "models_dir": str(tmp_path)}
    whole = load_config(raw)
    assert "--sdm conda" in not_ready(whole, ["foreign"], own_environments=False)["foreign"]
    assert not_ready(whole, ["foreign"], own_environments=True) == {}


def test_the_column_of_tissues_has_to_be_there():
    block = {"truth": "drawn", "classes": "types", "tissues": "organ"}
    whole = config(segmentations=["cells"], **block)
    assert whole.required_columns == {"organ": "benchmarks.b.tissues"}


def test_a_config_without_benchmarks_is_written_down_as_before():
    raw = config_with(set="pix2pix7", segmentations=["cells"])
    del raw["benchmarks"]
    assert "benchmarks" not in load_config(raw).model_dump(mode="json")
