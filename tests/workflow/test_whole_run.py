"""One whole run on a tiny project: everything is there, whole, traceable, and done."""

import csv
from pathlib import Path

import numpy as np
import pytest

from cytoforge.images.ome import read_image, read_provenance
from cytoforge.references.label_map_file import read_label_map
from tests.workflow.tiny_project import Project, read_json

pytestmark = pytest.mark.slow


def test_a_second_run_has_nothing_to_do(finished: Project):
    assert finished.planned() == {}


def test_whoever_may_read_new_files_may_read_every_result(finished: Project, tmp_path: Path):
    (tmp_path / "new").touch()
    new = (tmp_path / "new").stat().st_mode
    files = [path for path in (finished.folder / "results").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".safetensors", ".tif", ".npy", ".json", ".html"}
    assert [path for path in files if path.stat().st_mode != new] == []


def test_sixteen_bit_and_pixel_size_reach_the_last_output(finished: Project):
    (test_image,) = (finished.folder / "results/sets/four/fields").glob("*.ome.tif")
    image = read_image(test_image)
    assert image.pixels.dtype == np.uint16
    assert image.pixels.max() > 255
    assert image.pixel_size_um == 0.5
    assert image.channels == ("dna", "actin")


def test_every_pair_has_provenance(finished: Project):
    folder = finished.folder / "results/sets/seven"
    rows = list(csv.DictReader((folder / "manifest.csv").open()))
    weights = read_json(finished.folder / "results/models/seven/model.json")["weights_sha256"]
    assert rows
    for row in rows:
        provenance = read_provenance(folder / row["image"])
        assert provenance["weights_sha256"] == row["weights_sha256"] == weights
        assert provenance["seed"] == row["seed"]
        source = read_label_map(finished.folder / row["label_map"])
        assert np.array_equal(read_label_map(folder / row["labels"]), source)


def test_the_page_names_every_model(finished: Project):
    page = (finished.folder / "results/report/index.html").read_text("utf-8")
    assert "four" in page
    assert "seven" in page


def test_no_temporary_file_is_left(finished: Project):
    # Snakemake dates a folder that a rule makes by a file in it.
    hidden = {p.name for p in (finished.folder / "results").rglob(".*") if p.is_file()}
    assert hidden <= {".snakemake_timestamp"}
