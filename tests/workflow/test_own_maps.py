"""A project whose label maps are the user's own: no segmentation, and what is planned instead."""

import numpy as np
import pytest
import tifffile

from tests.workflow.tiny_project import IMAGES, Project

pytestmark = pytest.mark.slow
CLASSES = {"ground": 0, "cell": 255}


def give_maps(project: Project) -> None:
    """Let every image have a mask of its own, and the models learn from these."""
    header, *rows = (project.folder / "samples.tsv").read_text().splitlines()
    lines = [f"{header}\ttissue"]
    for name, row in zip(IMAGES, rows, strict=True):
        mask = np.where(np.add.outer(np.arange(192), np.arange(192)) % 40 < 20, 255, 0)
        tifffile.imwrite(project.folder / f"raw/{name}_map.tif", mask.astype(np.uint8))
        lines.append(f"{row}\traw/{name}_map.tif")
    (project.folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    config = project.config()
    del config["segmentations"]
    config["references"] = {"mine": {"column": "tissue", "classes": CLASSES}}
    config["datasets"] = {"tiles": {"reference": "mine", "tile_px": 64}}
    config["models"] = {"own": {**config["models"]["four"], "dataset": "tiles"}}
    project.write_config(config)


def test_maps_are_taken_and_changed_ones_are_taken_again(project: Project):
    give_maps(project)
    planned = project.planned()
    assert {"take_map", "count_classes", "cut_tiles", "train", "score"} <= planned.keys()
    assert not {"segment", "render", "check_segmentation", "cut_regions", "segment_set"} & (
        planned.keys()
    )
    taken = "results/references/mine/a.tif"
    done = project.snakemake(taken)
    assert done.returncode == 0, done.stdout + done.stderr
    assert np.bincount(tifffile.imread(project.folder / taken).ravel()).tolist() == [18464, 18400]
    mask = np.full((192, 192), 255, np.uint8)
    mask[:, 0] = 7
    tifffile.imwrite(project.folder / "raw/a_map.tif", mask)
    done = project.snakemake(taken)
    assert done.returncode != 0
    assert "values of no class: 7 in 192 px (0.52 %)" in done.stdout + done.stderr
