"""The whole way through Snakemake, with names that a shell would run."""

import shutil
from pathlib import Path

import pytest

from tests.workflow.tiny_project import make_project

NAME = "-rf; touch pwned $(touch pwned) `touch pwned` 'x' & |.tif"


@pytest.mark.slow
def test_a_path_full_of_commands_is_read_as_a_path(tmp_path: Path, root: Path):
    project = make_project(tmp_path / "project", root)
    for channel in ("dna", "actin"):
        (project.folder / channel).mkdir()
        shutil.copy(project.folder / f"raw/a_{channel}.tif", project.folder / channel / NAME)
    table = project.folder / "samples.tsv"
    text = table.read_text().replace("raw/a_dna.tif", f"dna/{NAME}")
    table.write_text(text.replace("raw/a_actin.tif", f"actin/{NAME}"))
    done = project.snakemake("results/images/a.ome.tif")
    assert done.returncode == 0, done.stderr
    assert (project.folder / "results/images/a.ome.tif").is_file()
    assert list(tmp_path.rglob("pwned")) == []
