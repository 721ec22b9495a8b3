"""Segmenters compared through the workflow: what is planned, what runs, and what makes it stale."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from scipy import ndimage

from tests.workflow.tiny_project import IMAGES, Project, read_json

pytestmark = pytest.mark.slow
FOLDER = "results/segmenter_benchmarks"


def give_benchmarks(project: Project) -> None:
    """Compare two diameters, a method without weights, and bright spots as a tool outside."""
    config = project.config()
    config["segmentations"] |= {
        "wide": {"nucleus_diameter_px": 16, "cell_diameter_px": 32},
        "foreign": {"method": "cellpose", "models_dir": "nowhere"},
    }
    config["sets"] = {
        "drawn": {"maps_by": "perturbed", "like": "tiles7", "count": 2},
        "generated": {"images_by": "seven", "maps": "drawn"},
    }
    tools = {"tool": {"nuclei": "outside"}}
    config["benchmarks"] = {
        "on_real": {"segmentations": ["wide", "foreign"], "truth": "cells", "outside": tools},
        "on_drawn": {"set": "generated", "segmentations": ["cells", "wide"]},
        "on_made": {"set": "four", "segmentations": ["wide"], "objects": ["cells"]},
    }
    project.write_config(config)
    (project.folder / "outside").mkdir()
    for name in IMAGES:
        dna = tifffile.imread(project.folder / f"raw/{name}_dna.tif")
        labels = ndimage.label(ndimage.gaussian_filter(dna, 1) > 1500)[0]
        tifffile.imwrite(project.folder / f"outside/{name}_masks.tif", labels.astype(np.uint16))


def stale(project: Project) -> dict[str, set[str]]:
    return project.planned(f"{FOLDER}/on_real/scores.csv")


def test_real_images_are_compared_and_the_set_that_lacks_weights_is_skipped(project: Project):
    give_benchmarks(project)
    done = project.snakemake(f"{FOLDER}/on_real/scores.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    output = project.folder / FOLDER / "on_real"
    assert_scores(output)
    assert stale(project) == {}
    # Another program's results are followed by what they hold.
    image = read_json(output / "benchmark.json")["pictures"][0]["image"]
    tifffile.imwrite(project.folder / f"outside/{image}_masks.tif", np.zeros((192, 192), np.uint8))
    assert stale(project).keys() == {"score_segmenters"}


def assert_scores(output: Path) -> None:
    scores = pd.read_csv(output / "scores.csv")
    first = scores[(scores["metric"] == "f1") & scores["iou"].isna()]
    value = first.set_index(["object", "segmenter"])["value"]
    assert value["nuclei", "wide"] > 0.5 and value["nuclei", "tool"] > 0.5
    assert np.isnan(value["cells", "tool"]) and np.isnan(value["nuclei", "foreign"])
    told = read_json(output / "benchmark.json")
    assert "no such file; download" in told["skipped"]["foreign"]
    assert {path.name for path in (output / "pictures").glob("*.png")} == {
        "cells_wide.png", "nuclei_wide.png", "nuclei_tool.png"
    }  # fmt: skip


def test_what_benchmarks_need_is_planned_and_no_more(project: Project):
    give_benchmarks(project)
    planned = project.planned(*(f"{FOLDER}/{one}/scores.csv" for one in ("on_made", "on_drawn")))
    assert planned["segment_set"] == {"four/segmentation", "generated/segmentation"}
    assert planned["train"] == {"four", "seven"}
    assert {"draw_maps", "synthesize", "score_segmenters"} <= planned.keys()
    assert not {"score", "compare_models", "write_report"} & planned.keys()


def test_missing_files_of_another_program_are_named_before_any_job(project: Project):
    give_benchmarks(project)
    for path in (project.folder / "outside").iterdir():
        path.unlink()
    done = project.snakemake("-n")
    assert done.returncode != 0
    assert "benchmarks.on_real.outside.tool, nuclei: outside" in done.stdout + done.stderr
