"""What is learned from scribbles is learned from those of training images."""

import numpy as np
import tifffile

from tests.workflow.tiny_project import IMAGES, Project

SPLIT = {"a": "train", "b": "test", "c": "val", "d": "train"}


def scribble(project: Project, *images: str) -> None:
    """Name scribbles of some images in the table, and divide the images as `SPLIT` says."""
    header, *rows = (project.folder / "samples.tsv").read_text().splitlines()
    lines = [f"{header}\tsplit\tscribbles"]
    for name, row in zip(IMAGES, rows, strict=True):
        path = f"raw/{name}_scribbles.tif"
        tifffile.imwrite(project.folder / path, np.zeros((192, 192), np.uint8))
        lines.append(f"{row}\t{SPLIT[name]}\t{path if name in images else ''}")
    (project.folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    config = project.config()
    config["segmentations"] = {"cells": {"method": "pixels"}}
    config["references"] = {"level4": {"segmentation": "cells", "levels": 4}}
    config["datasets"] = {"tiles4": config["datasets"]["tiles4"]}
    config["models"] = {"four": config["models"]["four"]}
    project.write_config(config)


def test_a_run_learns_from_training_images_and_segments_all_by_it(project: Project):
    scribble(project, "a", "b")
    done = project.snakemake("-n", "results/segmentation/cells/b.png")
    assert done.returncode == 0, done.stderr
    jobs = {part.split("Job ")[1].split("\n")[0]: part for part in done.stdout.split("\n[")[1:]}
    learning = next(text for name, text in jobs.items() if "Learning from the scribbles" in name)
    # Of a, and not of b, which is for testing.
    assert learning.rstrip().endswith("updated by another job: results/images/a.ome.tif")
    segmenting = next(text for name, text in jobs.items() if "Segmenting b" in name)
    assert "results/segmentation/cells/classifier.safetensors" in segmenting
