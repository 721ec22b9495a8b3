"""Label files, models and settings that do not fit are refused in a few lines."""

import numpy as np
import pytest
import tifffile

from tests.workflow.refusals import refused, segmented
from tests.workflow.tiny_project import IMAGES, Project


def give_labels(project: Project, labels: np.ndarray) -> None:
    """Let every image have a label file of its own, `labels` for image b."""
    right = np.zeros((192, 192), np.uint16)
    right[20:40, 20:40] = 1
    header, *rows = (project.folder / "samples.tsv").read_text().splitlines()
    lines = [f"{header}\tnuclei_labels"]
    for name, row in zip(IMAGES, rows, strict=True):
        tifffile.imwrite(
            project.folder / f"raw/{name}_labels.tif", labels if name == "b" else right
        )
        lines.append(f"{row}\traw/{name}_labels.tif")
    (project.folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    config = project.config()
    config["segmentations"] = {"cells": {"method": "labels"}}
    project.write_config(config)


@pytest.mark.parametrize(
    ("labels", "complaint"),
    [
        (np.ones((190, 192), np.uint16), "190 × 192 px"),
        (np.full((192, 192), 0.5, np.float32), "type float32"),
    ],
)
def test_wrong_labels_are_named(project: Project, read, labels: np.ndarray, complaint: str):
    give_labels(project, labels)
    text = refused(segmented, project, read)
    assert "raw/b_labels.tif" in text
    assert complaint in text


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        ("raw/gone.tif", "b: no file raw/gone.tif"),
        ("raw/a_labels.tif", "raw/a_labels.tif belongs to several images: a, b"),
        ("", "b: no label file, which segmentations.cells needs"),
    ],
)
def test_a_label_file_of_its_own_for_each_image(project: Project, read, other, complaint):
    give_labels(project, np.ones((192, 192), np.uint16))
    table = project.folder / "samples.tsv"
    table.write_text(table.read_text().replace("raw/b_labels.tif", other))
    assert complaint in refused(read)


def test_cellpose_without_weights_is_refused(project: Project, read):
    config = project.config()
    config["segmentations"]["cells"] = {"method": "cellpose", "models_dir": "no_models"}
    project.write_config(config)
    text = refused(read)
    assert "`nuclei_model: nuclei`" in text
    assert "no_models" in text


@pytest.mark.parametrize(
    ("changed", "complaints"),
    [
        (
            {"preset": "original", "training": {}},
            ["datasets.tiles4.tile_px", "64 is no multiple of 256"],
        ),
        (
            {
                "training": {"generator": "unet_16"},
                "synthesis": {"dropout": "seeded"},
            },
            ["models.four.synthesis.dropout", "not unet_16"],
        ),
    ],
)
def test_settings_that_do_not_go_together(project: Project, read, changed, complaints):
    config = project.config()
    config["models"]["four"] |= changed
    project.write_config(config)
    text = refused(read)
    assert [part for part in complaints if part not in text] == []
