"""A mistyped target is answered with the nearest thing that can be asked for."""

import pytest

from cytoforge.config.targets import unknown_target

OUTPUTS = [
    "results/images/{image,[^/]+}.ome.tif",
    "results/metrics/{set,p4|p7}/pairs.csv",
    "results/sets/{any_set}/segmentation/{segmentation}.csv",
    "results/report/index.html",
    "results/chunk/{number}.done",
]
NAMES = {
    "image": [f"field{n}" for n in range(10_000)],
    "set": ["p4", "p7"],
    "any_set": ["p4", "p7"],
    "segmentation": ["cells"],
}


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("al", "all"),
        ("reprot", "write_report"),
        ("results/report/index.htm", "results/report/index.html"),
        ("results/metrics/P7/pairs.csv", "results/metrics/p7/pairs.csv"),
        ("results/images/field77.ome.tiff", "results/images/field77.ome.tif"),
        ("results/sets/p7/segmentations/cells.csv", "results/sets/p7/segmentation/cells.csv"),
    ],
)
def test_the_nearest_target(target: str, meant: str):
    error = unknown_target(target, ["all", "write_report"], OUTPUTS, NAMES)
    assert error.found == f"{target!r}; did you mean `{meant}`?"


def test_what_no_rule_makes_is_not_proposed():
    asked = unknown_target("results/metrics/P7/pairs.csv", ["all"], OUTPUTS, NAMES, lambda _: False)
    assert "did you mean" not in asked.found


def test_nothing_is_like_it():
    assert unknown_target("zebra", ["all"], OUTPUTS, NAMES).found == "'zebra'"
