"""A user's mistake is answered in a few lines that say what to do, before or instead of work."""

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tests.workflow.tiny_project import Project, make_project

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path, root: Path) -> Project:
    return make_project(tmp_path / "project", root)


def message_of(project: Project, *arguments: str) -> str:
    done = project.snakemake(*arguments)
    assert done.returncode != 0
    text = str(done.stdout + done.stderr)
    assert "Traceback" not in text
    return text


def test_a_mistyped_key_stops_the_run_before_any_job(project: Project):
    config = project.config()
    config["segmentations"]["cells"]["nucleus_diam_px"] = 11
    project.write_config(config)
    text = message_of(project)
    assert "did you mean `nucleus_diameter_px`?" in text
    assert len(text.splitlines()) < 15
    assert not (project.folder / "results").exists()


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("a\traw/b_dna.tif\traw/b_actin.tif\tw9", "occurs 2 times"),
        ("my cell\traw/b_dna.tif\traw/b_actin.tif\tw9", "'my cell' cannot be used"),
        ("../evil\traw/b_dna.tif\traw/b_actin.tif\tw9", "'../evil' cannot be used"),
        ("zelle_ä\traw/b_dna.tif\traw/b_actin.tif\tw9", "'zelle_ä' cannot be used"),
        ("d\traw/missing.tif\traw/b_actin.tif\tw9", "raw/missing.tif"),
    ],
)
def test_a_wrong_row_is_named(project: Project, row: str, complaint: str):
    with (project.folder / "samples.tsv").open("a") as table:
        table.write(row + "\n")
    text = message_of(project)
    assert "samples.tsv" in text
    assert complaint in text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "raw/b_dna.tif"),
        (b"II*\x00garbage", "raw/b_dna.tif"),
    ],
)
def test_one_broken_image_is_named_and_the_others_are_made(project, content, complaint):
    (project.folder / "raw/b_dna.tif").write_bytes(content)
    text = message_of(project, "results/split/regions.csv")
    assert complaint in text
    made = {path.name for path in (project.folder / "results/images").glob("*")}
    assert made == {"a.ome.tif", "c.ome.tif"}


def test_an_image_without_cells_is_named(project: Project):
    noise = np.random.default_rng(0).integers(100, 103, (192, 192), dtype=np.uint16)
    for channel in ("dna", "actin"):
        tifffile.imwrite(project.folder / f"raw/b_{channel}.tif", noise)
    text = message_of(project, "results/segmentation/cells/b.ome.tif")
    assert "b" in text
    assert "nucleus_diameter_px" in text


def test_an_image_smaller_than_a_tile_is_named(project: Project):
    for name in "abc":
        for channel in ("dna", "actin"):
            path = project.folder / f"raw/{name}_{channel}.tif"
            tifffile.imwrite(path, tifffile.imread(path)[:48, :48])
    text = message_of(project, "results/tiles/tiles4/manifest.csv")
    assert "tile_px" in text or "64" in text


def test_a_results_folder_that_cannot_be_written(project: Project):
    (project.folder / "results").write_text("a file where the folder should be")
    text = message_of(project, "results/split/regions.csv")
    assert "results" in text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_no_half_file(project: Project, tmp_path: Path):
    # A quota a process sets itself: the kernel refuses to grow any file beyond 4 KB.
    import resource
    import subprocess
    import sys

    code = (
        "import resource, signal, runpy\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from pathlib import Path\n"
        "from cytoforge.images.samples import read_samples\n"
        "from cytoforge.images.convert import convert\n"
        "from cytoforge.images.ome import write_image\n"
        "from cytoforge.config.images import ImagesConfig\n"
        "channels = ('dna', 'actin')\n"
        "sample = read_samples('samples.tsv', channels)[0]\n"
        "write_image('out/a.ome.tif', convert(sample, ImagesConfig(channels=channels)))\n"
    )
    assert resource.RLIMIT_FSIZE is not None
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": str(project.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "File too large" in done.stderr
    assert list((project.folder / "out").iterdir()) == []
