"""samples.tsv as an attacker would write it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from cytoforge.config.images import ImagesConfig
from cytoforge.errors import UserError
from cytoforge.images.convert import convert
from cytoforge.images.ome import write_image
from cytoforge.images.samples import Sample, read_samples
from cytoforge.jobs.atomic import write_text
from tests.security.attack import assert_helpful


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


def table(rows: list[str], header: str = "image\tpath\twell") -> tuple[Sample, ...]:
    Path("samples.tsv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return read_samples("samples.tsv", ("grey",))


def picture(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, np.arange(64, dtype=np.uint8).reshape(8, 8))
    return str(path)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/cron.d/x", "/etc/passwd", "..", ".", "a/b", "a\\b", "~root", "-rf", ".hidden",
        "$(touch pwned)", "a;touch pwned", "`touch pwned`", "a b", "a'b", "zelle_ä", "x\u202egpj",
        "<script>alert(1)</script>", "=1+1", "+1", "@SUM(A1)", "{image}", "a" * 81, "a" * 100_000,
    ],
)  # fmt: skip
def test_a_name_that_could_lead_or_run_somewhere(folder: Path, name: str):
    image = picture(folder / "a.tif")
    with pytest.raises(UserError, match="cannot be used") as caught:
        table([f"{name}\t{image}\tA1"])
    assert_helpful(caught.value, "samples.tsv")


def test_the_answer_to_a_very_long_cell_is_short(folder: Path):
    image = picture(folder / "a.tif")
    with pytest.raises(UserError) as caught:
        table([f"{'a' * 100_000}\t{image}\tA1"])
    assert len(str(caught.value)) < 2000


def test_names_that_differ_in_case_only(folder: Path):
    first, second = picture(folder / "a.tif"), picture(folder / "b.tif")
    with pytest.raises(UserError, match="differ in case"):
        table([f"Well_a1\t{first}\t", f"well_A1\t{second}\t"])


def test_images_may_lie_outside_the_project_but_results_do_not(folder: Path):
    """Policy: whatever the user can read may be an image; its name alone makes the output."""
    picture(folder.parent / "elsewhere" / "photo.tif")
    (folder / "link.tif").symlink_to(folder.parent / "elsewhere" / "photo.tif")
    for path in ("../elsewhere/photo.tif", "link.tif"):
        (sample,) = table([f"a\t{path}\tA1"])
        write_image(f"results/images/{sample.name}.ome.tif", convert(sample, ImagesConfig()))
    assert [path.name for path in folder.parent.rglob("*.ome.tif")] == ["a.ome.tif"]
    assert (folder / "results/images/a.ome.tif").is_file()


def test_two_links_to_one_photograph_are_one_image(folder: Path):
    photo = picture(folder / "photo.tif")
    (folder / "link.tif").symlink_to(photo)
    with pytest.raises(UserError, match="belongs to more than one image"):
        table([f"a\t{photo}\t", "b\tlink.tif\t"])


@pytest.mark.parametrize("link", ["regions.csv", ".unfinished.regions.csv"])
def test_a_link_planted_under_results_is_replaced_not_followed(folder: Path, link: str):
    precious = folder / "precious.txt"
    precious.write_text("keep")
    (folder / "results").mkdir()
    (folder / "results" / link).symlink_to(precious)
    write_text(folder / "results/regions.csv", "new")
    assert precious.read_text() == "keep"
    assert (folder / "results/regions.csv").read_text() == "new"
    assert not (folder / "results/regions.csv").is_symlink()


def test_a_link_planted_as_a_log_is_replaced_not_followed(folder: Path, root: Path):
    precious = folder / "precious.txt"
    precious.write_text("keep")
    (folder / "job.log").symlink_to(precious)
    code = "from cytoforge.jobs.job_log import job_log\nwith job_log('job.log'): print('new')"
    subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(root)}, check=True
    )
    assert precious.read_text() == "keep"
    assert (folder / "job.log").read_text() == "new\n"


@pytest.mark.parametrize("path", ["{image}.tif", "{x!r}.tif", "<script>.tif", "raw/{a/b}.tif"])
def test_paths_that_snakemake_would_rewrite(folder: Path, path: str):
    """`{image}.tif` of image a would read a.tif, another file than the table names."""
    picture(folder / path)
    with pytest.raises(UserError, match="has the characters") as caught:
        table([f"a\t{path}\tA1"])
    assert_helpful(caught.value, "samples.tsv")


@pytest.mark.parametrize(
    "path", ["$(touch pwned).tif", "; touch pwned;.tif", 'it\'s a "b".tif', "-rf.tif", "漢字.tif"]
)
def test_other_strange_paths_are_only_paths(folder: Path, path: str):
    picture(folder / path)
    quoted = '"' + path.replace('"', '""') + '"'
    (sample,) = table([f"a\t{quoted}\tA1"])
    assert sample.files == {"path": path}
    assert not (folder / "pwned").exists()


@pytest.mark.parametrize(
    "row", ["{}\t{image}\tA1", "a\t{}\tA1", "a\t{}*.tif\tA1", "a\t{image}\t{}"]
)
@pytest.mark.parametrize("cell", ["\x1b[2J\x1b[31mall well", "bell\x07", "a\x7fb", "back\x08b"])
def test_a_cell_that_would_move_the_terminals_cursor(folder: Path, cell: str, row: str):
    image = picture(folder / "a.tif")
    with pytest.raises(UserError, match="control character") as caught:
        table([row.format(cell, image=image)])
    assert not {"\x1b", "\x07", "\x7f", "\x08"} & set(str(caught.value))


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "/proc/self/mem", "pipe"])
def test_a_device_or_pipe_is_no_image(folder: Path, path: str):
    os.mkfifo("pipe")
    with pytest.raises(UserError) as caught:
        (sample,) = table([f"a\t{path}\tA1"])
        convert(sample, ImagesConfig())
    assert caught.value.where in ("samples.tsv", path)


@pytest.mark.parametrize("place", ["/dev/zero", ".", "pipe"])
def test_a_device_or_pipe_is_no_table(folder: Path, place: str):
    os.mkfifo("pipe")
    with pytest.raises(UserError) as caught:
        read_samples(place, ("grey",))
    assert_helpful(caught.value, place)


def test_a_table_with_a_hole_of_terabytes(folder: Path):
    with Path("samples.tsv").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(UserError, match="at most 100 MB") as caught:
        read_samples("samples.tsv", ("grey",))
    assert_helpful(caught.value, "samples.tsv")


def test_a_cell_longer_than_any_reader_takes(folder: Path):
    image = picture(folder / "a.tif")
    with pytest.raises(UserError, match="field larger than") as caught:
        table([f"a\t{image}\t{'x' * 200_000}"])
    assert_helpful(caught.value, "samples.tsv, line 2")


@pytest.mark.parametrize(
    "planes", ["z=999999999", "t=99999,z=99999", "z=1e9", "z=-1", "z=" + "9" * 5000]
)
def test_a_stack_of_more_planes_than_there_are(folder: Path, planes: str):
    image = picture(folder / "a.tif")
    with pytest.raises(UserError, match="planes"):
        table([f"a\t{image}\t{planes}"], "image\tpath\tplanes")


@pytest.mark.parametrize("size", ["nan", "inf", "-1", "0", "1e999", "__import__('os')"])
def test_a_pixel_size_that_is_none(folder: Path, size: str):
    image = picture(folder / "a.tif")
    with pytest.raises(UserError, match="not a positive number"):
        table([f"a\t{image}\t{size}"], "image\tpath\tpixel_size_um")
