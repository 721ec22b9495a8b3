"""After a change a dry run lists exactly the jobs it makes stale: one row a change."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tifffile

from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow

# What each block's change must lead to, up to the report.
REPORT = {"report": set()}
SCORE = {"score": {"four", "seven"}, "diversity": {"four", "seven"}, **REPORT}
GENERATE = {"train": {"four", "seven"}, "synthesize": {"four", "seven"}, **SCORE}
TILES = {"tiles": {"tiles4", "tiles7"}, "leak_check": {"tiles4", "tiles7"}, **GENERATE}


def one(experiment: str, *rules: str) -> dict[str, set[str]]:
    return {rule: {experiment} for rule in rules} | REPORT


def edit(path: str, *keys_and_value: Any) -> Callable[[Project], None]:
    """Return a change that sets one value of the config."""

    def change(project: Project) -> None:
        config = project.config()
        block = config
        *keys, last = path.split(".")
        for key in keys:
            block = block.setdefault(key, {})
        block[last] = keys_and_value[0]
        project.write_config(config)

    return change


def touch_raw(project: Project) -> None:
    os.utime(project.folder / "raw/a_dna.tif")


def rename_well(project: Project) -> None:
    table = project.folder / "samples.tsv"
    table.write_text(table.read_text().replace("\tw0", "\tother"))


def add_notes(project: Project) -> None:
    table = project.folder / "samples.tsv"
    head, *rows = table.read_text().splitlines()
    table.write_text("\n".join([head + "\tnote", *(f"{row}\tfine" for row in rows)]) + "\n")


def own_map(project: Project) -> None:
    (project.folder / "maps").mkdir()
    shutil.copy(project.folder / "results/references/level4/a.tif", project.folder / "maps/m.tif")
    edit("experiments.four.synthesis.maps", "maps")(project)


def move_weights(project: Project) -> None:
    edit("metrics.weights_dir", "nowhere")(project)


def change_raw(project: Project) -> None:
    path = project.folder / "raw/a_dna.tif"
    pixels = tifffile.imread(path)
    pixels[0, 0] += 1
    tifffile.imwrite(path, pixels)


CHANGES: dict[str, tuple[Callable[[Project], None], dict[str, set[str]]]] = {
    "touch a raw image": (touch_raw, {}),
    "rename a well that nothing depends on": (rename_well, {}),
    "add a column of notes": (add_notes, {}),
    "seed": (
        edit("seed", 2),
        # Here no other image changes its split, but who has which is drawn anew.
        {"split": set(), "layer_bounds": {"level7"}}
        | {"reference": {"level7/a", "level7/b", "level7/c"}}
        | TILES,
    ),
    "split: other shares": (
        edit("split.guard_px", 40),
        {"split": set(), "layer_bounds": {"level7"}}
        | {"reference": {"level7/a", "level7/b", "level7/c"}}
        | TILES,
    ),
    "images: another normalisation": (
        edit("images.normalisation.method", "minmax"),
        {
            "image": {"a", "b", "c"},
            "split": set(),
            "segment": {"cells/a", "cells/b", "cells/c"},
            "layer_bounds": {"level7"},
            "reference": {f"level{n}/{image}" for n in (4, 7) for image in "abc"},
        }
        | TILES,
    ),
    "segmentations: another diameter": (
        edit("segmentations.cells.cell_diameter_px", 24),
        {
            "segment": {"cells/a", "cells/b", "cells/c"},
            "layer_bounds": {"level7"},
            "reference": {f"level{n}/{image}" for n in (4, 7) for image in "abc"},
        }
        | TILES,
    ),
    "references: wider rims of one": (
        edit("references.level4.rim_dilation_px", 1),
        {
            "codes": {"level4"},
            "reference": {"level4/a", "level4/b", "level4/c"},
            "tiles": {"tiles4"},
            "leak_check": {"tiles4"},
            "train": {"four"},
            "synthesize": {"four"},
            "score": {"four"},
            "diversity": {"four"},
        }
        | REPORT,
    ),
    "datasets: another sampler of one": (
        edit("datasets.tiles7.sampler", {"method": "all"}),
        {"tiles": {"tiles7"}, "leak_check": {"tiles7"}}
        | one("seven", "train", "synthesize", "score", "diversity"),
    ),
    "datasets: export of one": (
        edit("datasets.tiles7.export_pairs", True),
        {"export_pairs": {"tiles7"}} | REPORT,
    ),
    "experiments: another learning rate": (
        edit("experiments.four.training.learning_rate", 1e-4),
        one("four", "train", "synthesize", "score", "diversity"),
    ),
    "experiments: another overlap in synthesis": (
        edit("experiments.four.synthesis.overlap", 0.25),
        one("four", "synthesize", "score"),
    ),
    "experiments: a folder of own maps": (own_map, {"synthesize_own": {"four"}} | REPORT),
    "metrics: weights lie elsewhere": (move_weights, REPORT),
    "metrics: more resamples": (edit("metrics.bootstrap", 200), SCORE),
    "metrics: more samples of a map": (
        edit("metrics.diversity", {"samples": 3}),
        {"diversity": {"four", "seven"}} | REPORT,
    ),
    "report: another title": (edit("report.title", "Other"), REPORT),
    "change a raw image": (
        change_raw,
        {
            "image": {"a"},
            "split": set(),
            "segment": {"cells/a"},
            "layer_bounds": {"level7"},
            "reference": {"level4/a", "level7/a", "level7/b", "level7/c"},
        }
        | TILES,
    ),
}


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project, at another place."""
    copy = Project(tmp_path / "copy", finished.root)
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    return copy


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_makes_stale_exactly_what_depends_on_it(project: Project, name: str):
    change, expected = CHANGES[name]
    change(project)
    assert project.planned() == expected


def test_moving_the_results_makes_nothing_stale(project: Project):
    assert project.planned() == {}
