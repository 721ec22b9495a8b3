"""A user's mistake is answered in a few lines that say what to do, before or instead of work.

One mistake of each stage is made through Snakemake; what else the same function would say of, by
calling this function (label files and settings: test_bad_labels.py).
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from cytoforge.config.load import load_config
from cytoforge.images.convert import convert
from tests.workflow.refusals import refused, segmented
from tests.workflow.tiny_project import IMAGES, Project, read_json

pytestmark = pytest.mark.slow


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


def test_a_missing_file_stops_the_run_before_any_job(project: Project):
    with (project.folder / "samples.tsv").open("a") as table:
        table.write("e\traw/missing.tif\traw/b_actin.tif\tw9\n")
    text = message_of(project)
    assert "samples.tsv" in text
    assert "raw/missing.tif" in text
    assert not (project.folder / "results").exists()


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("a\traw/b_dna.tif\traw/b_actin.tif\tw9", "occurs 2 times"),
        ("my cell\traw/b_dna.tif\traw/b_actin.tif\tw9", "'my cell' cannot be used"),
        ("../evil\traw/b_dna.tif\traw/b_actin.tif\tw9", "'../evil' cannot be used"),
        ("zelle_ä\traw/b_dna.tif\traw/b_actin.tif\tw9", "'zelle_ä' cannot be used"),
    ],
)
def test_a_wrong_row_is_named(project: Project, read, row: str, complaint: str):
    with (project.folder / "samples.tsv").open("a") as table:
        table.write(row + "\n")
    text = refused(read)
    assert "samples.tsv" in text
    assert complaint in text


def test_one_broken_image_is_named_and_the_others_are_made(project: Project):
    (project.folder / "raw/b_dna.tif").write_bytes(b"II*\x00garbage")
    text = message_of(project, "results/split/regions.csv")
    assert "raw/b_dna.tif" in text
    made = {path.name for path in (project.folder / "results/images").glob("*")}
    assert made == {"a.ome.tif", "c.ome.tif", "d.ome.tif"}


def test_an_image_without_cells_is_named(project: Project, read):
    noise = np.random.default_rng(0).integers(100, 103, (192, 192), dtype=np.uint16)
    for channel in ("dna", "actin"):
        tifffile.imwrite(project.folder / f"raw/b_{channel}.tif", noise)
    text = refused(segmented, project, read)
    assert "image b" in text
    assert "nucleus_diameter_px" in text


def test_an_image_smaller_than_a_tile_is_named(project: Project):
    for name in IMAGES:
        for channel in ("dna", "actin"):
            path = project.folder / f"raw/{name}_{channel}.tif"
            tifffile.imwrite(path, tifffile.imread(path)[:48, :48])
    text = message_of(project)
    assert "datasets.tiles4.tile_px: 64 px do not fit into image a (48 × 48 px)" in text
    assert "metrics.patch_px: 64 px do not fit into any region of test" in text
    assert not (project.folder / "results").exists()


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        (["results/report/indx.html"], "did you mean `results/report/index.html`?"),
        (["results/images/aa.ome.tif"], "no image 'aa'; did you mean `a`?"),
        (["--forcerun", "trian"], "did you mean `train`?"),  # which is no target: it has wildcards
        (["{folder}/results/report/index.html"], "ask for results/report/index.html"),
        (["samples.tsv"], "found:    'samples.tsv'"),  # is there, and no rule makes it
    ],
)
def test_a_mistyped_target_is_answered_with_the_nearest(project: Project, target, meant):
    arguments = [one.format(folder=project.folder) for one in target]
    text = message_of(project, "--dry-run", *arguments)
    assert meant in text
    assert "Exception" not in text


def test_a_results_folder_that_cannot_be_written(project: Project):
    (project.folder / "results").write_text("a file where the folder should be")
    text = message_of(project, "results/split/regions.csv")
    assert "results" in text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_no_half_file(project: Project, tmp_path: Path):
    # A quota a process sets itself: the kernel refuses to grow any file beyond 4 KB.
    import resource

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


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40_000])


def make_transparent(path: Path) -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (192, 192, 4), dtype=np.uint8)
    tifffile.imwrite(path, rgba, photometric="rgb", extrasamples=["unassalpha"])


def put_nan(path: Path) -> None:
    pixels = tifffile.imread(path).astype(np.float32)
    pixels[5, 7] = np.nan
    tifffile.imwrite(path, pixels)


def make_constant(path: Path) -> None:
    tifffile.imwrite(path, np.full((192, 192), 7, np.uint16))


@pytest.mark.parametrize(
    ("damage", "complaints"),
    [
        (empty, ["raw/b_dna.tif"]),
        (truncate, ["raw/b_dna.tif"]),
        (make_transparent, ["raw/b_dna.tif", "RGBA, with transparency from 0 to 255"]),
        (put_nan, ["raw/b_dna.tif", "1 of 36,864 values are NaN"]),
        (make_constant, ["image b, channel dna", "a single grey value (7)"]),
    ],
)
def test_an_unusable_image_is_named(
    project: Project, read, damage: Callable[[Path], None], complaints: list[str]
):
    damage(project.folder / "raw/b_dna.tif")
    text = refused(lambda: convert(read()["b"], load_config(project.config()).images))
    assert [part for part in complaints if part not in text] == []


def test_a_channel_without_a_column_is_named(project: Project, read):
    config = project.config()
    config["images"]["channels"] = ["dna", "aktin"]
    project.write_config(config)
    text = refused(read)
    assert "samples.tsv" in text
    assert "no column `aktin`; did you mean `actin`?" in text


def test_a_channel_that_a_file_lacks_is_named(project: Project, read):
    tifffile.imwrite(
        project.folder / "raw/all.tif", np.eye(192, dtype=np.uint16)[None].repeat(2, axis=0)
    )
    table = "image\tpath\tchannels\na\traw/all.tif\tdna,tubulin\n"
    (project.folder / "samples.tsv").write_text(table)
    config = project.config()
    config["split"] = {"by": "blocks", "block_px": 64}
    project.write_config(config)
    text = refused(lambda: convert(read()["a"], load_config(config).images))
    assert "raw/all.tif" in text
    assert "no such channel; there: dna, tubulin" in text


def test_a_class_that_never_occurs_is_a_warning(finished: Project):
    for dataset in ("tiles4", "tiles7"):
        proof = read_json(finished.folder / f"results/tiles/{dataset}/leak_check.json")
        assert proof["passed"]
        assert proof["warnings"] == ["code 0 (gap) occurs in no tile"]


def test_a_drawn_map_with_an_unknown_code_is_named_before_any_job(project: Project):
    (project.folder / "drawings").mkdir()
    tifffile.imwrite(project.folder / "drawings/sketch.tif", np.full((64, 64), 5, np.uint8))
    config = project.config()
    config["sets"] = {"drawn": {"images_by": "four", "maps": "drawings"}}
    project.write_config(config)
    text = message_of(project)
    assert "drawings/sketch.tif" in text
    assert "codes 0 to 4" in text
    assert "codes 5 to 5" in text
    assert not (project.folder / "results").exists()


def test_dark_nuclei_stop_the_run_before_training(project: Project):
    for path in (project.folder / "raw").glob("*_dna.tif"):
        tifffile.imwrite(path, 4200 - tifffile.imread(path))
    # Whatever a model's plan holds is made before it.
    assert "judge_segmentation" in project.planned("results/models/four/model.safetensors")
    text = message_of(project, "results/checks/cells.csv")
    assert "nuclei are darker than the ground" in text
    assert "results/segmentation/cells/a.png" in text
    assert "`checks: warn`" in text
    assert not (project.folder / "results/checks/cells.csv").exists()
