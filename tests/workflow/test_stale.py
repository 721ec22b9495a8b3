"""After a change a dry run lists exactly the jobs that it makes stale: one row per change.

What makes nothing stale is in test_not_stale.py.
"""

import shutil
from pathlib import Path

import pytest

from tests.workflow import changes
from tests.workflow.changes import Change, add_code, edit_code, edit_config
from tests.workflow.tiny_project import IMAGES, Project

pytestmark = pytest.mark.slow


def regions(*sets: str) -> dict[str, set[str]]:
    """The test regions of sets, cut out and segmented like any other image."""
    return {
        "cut_regions": {f"{name}.regions" for name in sets},
        "segment_set": {f"{name}.regions/segmentation" for name in sets},
    }


# What each block's change must lead to, up to the report.
REPORT = {"write_report": set()}
COMPARED = {"compare_models": set(), **REPORT}
SCORE_ALONE = {"score": {"four", "seven"}, **COMPARED}
SCORE = {"measure_diversity": {"four", "seven"}, **SCORE_ALONE}
GENERATE = {
    "train": {"four", "seven"},
    "synthesize": {"four", "seven"},
    **regions("four", "seven"),
    **SCORE,
}
TILES = {"cut_tiles": {"tiles4", "tiles7"}, "check_leaks": {"tiles4", "tiles7"}, **GENERATE}


def one(model_name: str, *rules: str) -> dict[str, set[str]]:
    made = regions(model_name) if "synthesize" in rules else {}
    return {rule: {model_name} for rule in rules} | made | COMPARED


def each(*folders: str) -> set[str]:
    return {f"{folder}/{image}" for folder in folders for image in IMAGES}


def checked(*images: str) -> dict[str, set[str]]:
    """The checks of the segmentations of images; no training is stale for them alone."""
    return {
        "check_segmentation": {f"cells/{image}" for image in images},
        "judge_segmentation": set(),
    }


# What scores compare real patches with, whatever a model makes.
REAL_PATCHES = {"measure_real_patches": {"all_channels"}}
FROM_THE_IMAGES_ON = {
    "convert": set(IMAGES),
    "split": set(),
    **REAL_PATCHES,
    "segment": each("cells"),
    **checked(*IMAGES),
    "measure_cells": {"level7"},
    "find_layer_bounds": {"level7"},
    "render": each("level4", "level7"),
    **TILES,
}
OF_STORED_IMAGES = ("convert", "split", "measure_real_patches")
PREPARED = (
    "images/a.ome.tif",
    "split/regions.csv",
    "segmentation/cells/b.png",
    "references/level7/cell_means.safetensors",
    "references/level4/codes.json",
    "references/level7/c.tif",
    "tiles/tiles4/images.npy",
)
CHANGES: dict[str, tuple[Change, dict[str, set[str]]]] = {
    "a line of a loss": (
        edit_code("cytoforge/models/losses.py", "F.mse_loss(logits, target)", "2 * logits.mean()"),
        GENERATE,
    ),
    "a line of a metric": (
        edit_code(
            "cytoforge/metrics/pair_metrics/pixel.py",
            "squares[place] = _inner(a, a)",
            "squares[place] = 0",
        ),
        SCORE_ALONE,
    ),
    "a new metric": (
        add_code("cytoforge/metrics/pair_metrics/new.py", "METRICS = ()\n"),
        SCORE_ALONE,
    ),
    "a line of the segmentation method": (
        edit_code("cytoforge/segmentation/cells_of_nuclei.py", "/ 2, 0.0)", "/ 2, 1.0)"),
        {
            "segment": each("cells"),
            **checked(*IMAGES),
            "measure_cells": {"level7"},
            "find_layer_bounds": {"level7"},
            "render": each("level4", "level7"),
        }
        | TILES,
    ),
    "a lost folder of synthetic fields": (
        changes.lose("sets/four/fields"),
        one("four", "synthesize", "score"),
    ),
    "a lost file of such a folder": (
        changes.lose("sets/four/fields/*_labels.tif"),
        one("four", "synthesize", "score"),
    ),
    "what training was made of is gone: no training follows": (
        changes.lose(*PREPARED),
        {
            "convert": {"a"},
            "split": set(),
            "segment": {"cells/b"},
            "measure_cells": {"level7"},
            "write_codes": {"level4"},
            "render": {"level7/c"},
            "cut_tiles": {"tiles4"},
        },
    ),
    "a model that was deleted in order to train it again": (
        changes.lose("models/four"),
        one("four", "train", "synthesize", "score", "measure_diversity"),
    ),
    "a lost score, and another of a ranking": (
        changes.lose("metrics/four/pairs.csv", "comparison/costs.csv"),
        {"score": {"four"}, **COMPARED},
    ),
    "lost tables of the report": (changes.lose("report/tables"), REPORT),
    "a threshold of a check": (
        edit_code("cytoforge/segmentation/checks/focus.py", "LEAST = 0.03", "LEAST = 0.02"),
        {**checked(*IMAGES), **REPORT},
    ),
    "checks: warn": (edit_config("checks", "warn"), {"judge_segmentation": set(), **REPORT}),
    "a line of the report's template": (
        edit_code(
            "cytoforge/report/templates/head.html.j2",
            "All scores are computed there",
            "Scored there",
        ),
        REPORT,
    ),
    "add an image": (
        changes.add_image,
        {
            "convert": {"new"},
            "split": set(),
            "segment": {"cells/new"},
            **checked("new"),
            "measure_cells": {"level7"},
            "find_layer_bounds": {"level7"},
            "render": {"level4/new", "level7/new"} | each("level7"),
        }
        | REAL_PATCHES
        | TILES,
    ),
    "remove an image": (
        changes.remove_image,
        {"split": set(), "measure_cells": {"level7"}, "find_layer_bounds": {"level7"}}
        | {"judge_segmentation": set(), "render": each("level7") - {"level7/d"}}
        | REAL_PATCHES
        | TILES,
    ),
    "seed": (
        edit_config("seed", 2),
        # Here no other image changes its split, but the values are assigned again.
        {"split": set(), "measure_cells": {"level7"}, "find_layer_bounds": {"level7"}}
        | {"render": each("level7")}
        | REAL_PATCHES
        | TILES,
    ),
    "split: other shares": (
        edit_config("split.guard_px", 40),
        {"split": set(), "measure_cells": {"level7"}, "find_layer_bounds": {"level7"}}
        | {"render": each("level7")}
        | REAL_PATCHES
        | TILES,
    ),
    "images: another normalisation": (
        edit_config("images.normalisation.method", "minmax"),
        FROM_THE_IMAGES_ON,
    ),
    "images: shading taken away": (
        edit_config("images.shading", "per_image"),
        {
            "even_light": set(IMAGES),
            **{k: v for k, v in FROM_THE_IMAGES_ON.items() if k not in OF_STORED_IMAGES},
        },
    ),
    "segmentations: another diameter": (
        edit_config("segmentations.cells.cell_diameter_px", 24),
        {
            "segment": each("cells"),
            **checked(*IMAGES),
            "measure_cells": {"level7"},
            "find_layer_bounds": {"level7"},
            "render": each("level4", "level7"),
        }
        | TILES,
    ),
    "references: wider rims of one": (
        edit_config("references.level4.rim_dilation_px", 1),
        {
            "write_codes": {"level4"},
            "render": each("level4"),
            "cut_tiles": {"tiles4"},
            "check_leaks": {"tiles4"},
        }
        | one("four", "train", "synthesize", "score", "measure_diversity"),
    ),
    "datasets: another sampler of one": (
        edit_config("datasets.tiles7.sampler", {"method": "all"}),
        {"cut_tiles": {"tiles7"}, "check_leaks": {"tiles7"}}
        | one("seven", "train", "synthesize", "score", "measure_diversity"),
    ),
    "datasets: export of one": (
        edit_config("datasets.tiles7.export_pairs", True),
        {"export_pairs": {"tiles7"}} | REPORT,
    ),
    "models: another learning rate": (
        edit_config("models.four.training.learning_rate", 1e-4),
        one("four", "train", "synthesize", "score", "measure_diversity"),
    ),
    "models: scores that validations compute": (
        edit_config("models.four.training.validation_scores", ["psnr"]),
        one("four", "train", "synthesize", "score", "measure_diversity"),
    ),
    "models: another overlap in synthesis": (
        edit_config("models.four.synthesis.overlap", 0.25),
        one("four", "synthesize", "score"),
    ),
    "sets: a folder of own maps": (
        changes.own_map,
        {"synthesize": {"drawn"}, "score_maps": {"drawn"}} | REPORT,
    ),
    "metrics: weights lie elsewhere": (edit_config("metrics.weights_dir", "nowhere"), REPORT),
    "metrics: smaller patches": (
        edit_config("metrics.patch_px", 32),
        REAL_PATCHES | SCORE_ALONE,
    ),
    "metrics: another confidence": (edit_config("metrics.confidence", 0.9), SCORE),
    "metrics: more samples of a map": (
        edit_config("metrics.diversity", {"samples": 3}),
        {"measure_diversity": {"four", "seven"}} | COMPARED,
    ),
    "report: another title": (edit_config("report.title", "Other"), REPORT),
    "change a raw image": (
        changes.change_raw,
        {
            "convert": {"a"},
            "split": set(),
            "segment": {"cells/a"},
            **checked("a"),
            "measure_cells": {"level7"},
            "find_layer_bounds": {"level7"},
            "render": {"level4/a"} | each("level7"),
        }
        | REAL_PATCHES
        | TILES,
    ),
    "raw images replaced by others that are not dated later": (
        changes.replace_raw_by_older,
        FROM_THE_IMAGES_ON,
    ),
}


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project, at another place."""
    copy = Project(tmp_path / "copy", finished.root)
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    return copy


def test_what_is_made_again_with_the_same_bytes_makes_nothing_else_stale(project: Project):
    weights = project.folder / "results/models/four/model.safetensors"
    trained = weights.stat().st_mtime_ns
    done = changes.lose(*PREPARED)(project).snakemake()
    assert done.returncode == 0, done.stderr
    assert project.planned() == {}
    assert weights.stat().st_mtime_ns == trained


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_makes_stale_exactly_what_depends_on_it(project: Project, name: str):
    change, expected = CHANGES[name]
    assert change(project).planned() == expected
