"""A project of two stains: from raw images to translated ones, and what a change makes stale."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from tests.once import build_once
from tests.workflow.changes import edit_config
from tests.workflow.tiny_project import Project

pytestmark = pytest.mark.slow
STAINS = {"IHC": (1.0, 0.6, 0.3), "HE": (0.4, 0.8, 0.3)}  # densities of red, green and blue


def two_stains(folder: Path, root: Path) -> Project:
    """Three images of each stain, 64 px: spots of one colour."""
    (folder / "raw").mkdir(parents=True)
    lines = ["image\tpath\tstain"]
    for seed, name in enumerate(("i0", "i1", "i2", "h0", "h1", "h2")):
        stain = "IHC" if name[0] == "i" else "HE"
        noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(64, 64)), 2)
        density = np.clip(noise / noise.std(), 0, 2)[..., None] * np.array(STAINS[stain])
        tifffile.imwrite(
            folder / "raw" / f"{name}.tif",
            np.rint(255 * np.exp(-density)).astype(np.uint8),
            photometric="rgb",
        )
        lines.append(f"{name}\traw/{name}.tif\t{stain}")
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    project = Project(folder, root)
    project.write_config(config())
    return project


def config() -> dict[str, Any]:
    smallest = {"generator_filters": 4, "discriminator_filters": 4, "discriminator_layers": 1}
    steps = {"steps": 2, "validate_every": 1, "precision": "fp32", "cpu_threads": 1}
    return {
        "samples": "samples.tsv",
        "images": {"channels": ["red", "green", "blue"], "normalisation": {"method": "none"}},
        "split": {"by": "image", "within": "stain"},
        "datasets": {
            "stains": {
                "domains": {"ihc": {"stain": "IHC"}, "he": {"stain": "HE"}},
                "tile_px": 32,
            }
        },
        "models": {
            "stain": {
                "model": "cyclegan",
                "dataset": "stains",
                "preset": "fast",
                "training": {**smallest, **steps},
            }
        },
        "sets": {"fake_he": {"translated_by": "stain", "from": "ihc", "to": "he"}},
    }


@pytest.fixture(scope="module")
def finished_stains(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Project:
    """The project, on which the whole workflow has run."""

    def run(folder: Path) -> None:
        done = two_stains(folder, root).snakemake()
        assert done.returncode == 0, done.stdout + done.stderr

    return Project(build_once(tmp_path_factory, "stains", run), root)


@pytest.fixture
def project(finished_stains: Project, tmp_path: Path) -> Project:
    """A copy of the finished project, at another place."""
    copy = Project(tmp_path / "copy", finished_stains.root)
    shutil.copytree(finished_stains.folder, copy.folder, symlinks=True)
    return copy


def test_every_image_of_a_stain_is_made_of_the_other(finished_stains: Project):
    results = finished_stains.folder / "results"
    with (results / "sets/fake_he/manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["i0", "i1", "i2"]
    assert tifffile.imread(results / "sets/fake_he" / rows[0]["image"]).shape == (3, 64, 64)
    assert json.loads((results / "tiles/stains/leak_check.json").read_text())["passed"]


CHANGES = {
    "nothing": (("seed", 1), {}),
    "a part of the images": (
        ("datasets.stains.share", 0.5),
        {
            "cut_domains": {"stains"},
            "check_leaks": {"stains"},
            "train": {"stain"},
            "translate": {"fake_he"},
            "score_translation": {"fake_he"},
            "write_report": set(),
        },
    ),
    "another overlap of tiles in synthesis": (
        ("sets.fake_he.synthesis", {"overlap": 0.25}),
        {"translate": {"fake_he"}, "score_translation": {"fake_he"}, "write_report": set()},
    ),
    "a further set": (
        ("sets.back", {"translated_by": "stain", "images": "fake_he", "from": "he", "to": "ihc"}),
        {"translate": {"back"}, "score_translation": {"fake_he"}, "write_report": set()},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_makes_stale_exactly_what_depends_on_it(project: Project, name: str):
    (path, value), expected = CHANGES[name]
    assert edit_config(path, value)(project).planned() == expected


def test_a_mistyped_stain_is_named_before_any_job(project: Project):
    changed = edit_config("datasets.stains.domains.he", {"stain": "H&E"})(project)
    done = changed.snakemake("-n")
    assert done.returncode != 0
    assert "no image has 'H&E' in column 'stain' (there: HE, IHC); did you mean `HE`?" in (
        done.stdout + done.stderr
    )
