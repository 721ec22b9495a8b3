"""The table of images: good tables, and every mistake named, all at once."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import get_args

import numpy as np
import pytest
import tifffile

from cytoforge.config.base import Name
from cytoforge.errors import UserError
from cytoforge.images.names import MAX_LENGTH, NAME_PATTERN
from cytoforge.images.samples import Sample, read_samples


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with raw/a_dna.tif, a_actin.tif, b_dna.tif and b_actin.tif."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw").mkdir()
    for name in ("a_dna", "a_actin", "b_dna", "b_actin"):
        (tmp_path / f"raw/{name}.tif").write_bytes(b"not read here")
    return tmp_path


def read(
    *lines: str,
    channels: tuple[str, ...] = ("dna", "actin"),
    required: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Sample, ...]:
    Path("samples.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_samples("samples.tsv", channels, required)


def problems(*lines: str, **options: tuple[str, ...]) -> str:
    with pytest.raises(UserError) as caught:
        read(*lines, **options)
    return caught.value.found


def test_one_file_a_channel(folder: Path) -> None:
    a, b = read(
        "image\tdna\tactin\twell\tpixel_size_um\tsplit",
        "a\traw/a_dna.tif\traw/a_actin.tif\tA1\t0.65\ttrain",
        "b\traw/b_dna.tif\traw/b_actin.tif\tA2\t\t",
    )
    assert a.files == {"dna": "raw/a_dna.tif", "actin": "raw/a_actin.tif"}
    assert (a.name, a.pixel_size_um, a.split) == ("a", 0.65, "train")
    assert (b.pixel_size_um, b.split) == (None, None)
    assert b.columns["well"] == "A2"


def test_channels_the_config_does_not_want_are_free_columns(folder: Path) -> None:
    (a,) = read("image\tdna\tactin", "a\traw/a_dna.tif\tnowhere.tif", channels=("dna",))
    assert a.files == {"dna": "raw/a_dna.tif"}


def test_one_file_with_named_channels(folder: Path) -> None:
    (a,) = read("image\tpath\tchannels", "a\traw/a_dna.tif\tdna, actin")
    assert a.files == {"path": "raw/a_dna.tif"}
    assert a.file_channels == ("dna", "actin")


def test_path_and_channel_columns_may_be_mixed_by_row(folder: Path) -> None:
    a, b = read(
        "image\tpath\tdna\tactin", "a\traw/a_dna.tif", "b\t\traw/b_dna.tif\traw/b_actin.tif"
    )
    assert list(a.files) == ["path"]
    assert list(b.files) == ["dna", "actin"]


def test_pattern_in_path_makes_an_image_a_file(folder: Path) -> None:
    images = read("image\tpath\twell", "plate\traw/*_dna.tif\tA1")
    assert [image.name for image in images] == ["plate_a_dna", "plate_b_dna"]
    assert [image.files["path"] for image in images] == ["raw/a_dna.tif", "raw/b_dna.tif"]
    assert {image.columns["well"] for image in images} == {"A1"}
    assert [image.source for image in images] == ["plate_a_dna", "plate_b_dna"]


def test_pattern_turns_strange_file_names_into_plain_names(folder: Path) -> None:
    (folder / "raw/PANC - 1_µ.ome.tif").write_bytes(b"x")
    (image,) = read("image\tpath", "p\traw/PANC*")
    assert image.name == "p_PANC_-_1__"
    assert image.files["path"] == "raw/PANC - 1_µ.ome.tif"


def test_file_with_brackets_is_a_file_not_a_pattern(folder: Path) -> None:
    (folder / "raw/x[1].tif").write_bytes(b"x")
    (image,) = read("image\tpath", "x\traw/x[1].tif")
    assert image.name == "x"


def test_pattern_in_a_channel_must_match_one_file(folder: Path) -> None:
    (a,) = read("image\tdna\tactin", "a\traw/a_d*.tif\traw/a_act*")
    assert a.files == {"dna": "raw/a_dna.tif", "actin": "raw/a_actin.tif"}
    found = problems("image\tdna\tactin", "a\traw/*_dna.tif\traw/a_actin.tif")
    assert "matches 2 files (raw/a_dna.tif, raw/b_dna.tif" in found


def test_planes_by_count(folder: Path) -> None:
    images = read("image\tpath\tplanes", "a\traw/a_dna.tif\tz=2,t=3")
    assert [image.name for image in images] == [
        "a_t001_z01",
        "a_t001_z02",
        "a_t002_z01",
        "a_t002_z02",
        "a_t003_z01",
        "a_t003_z02",
    ]
    assert images[-1].plane == {"t": 3, "z": 2}
    assert {image.source for image in images} == {"a"}  # planes of a stack may not be split


def test_long_series_have_enough_digits_to_sort(folder: Path) -> None:
    images = read("image\tpath\tplanes", "a\traw/a_dna.tif\tt=1000")
    assert (images[0].name, images[-1].name) == ("a_t0001", "a_t1000")


def test_planes_all_reads_the_header(folder: Path) -> None:
    stack = np.zeros((2, 3, 8, 8), np.uint8)
    tifffile.imwrite("raw/stack.tif", stack, imagej=True, metadata={"axes": "TZYX"})
    images = read("image\tpath\tplanes", "s\traw/stack.tif\tall")
    assert [image.name for image in images][:2] == ["s_t001_z01", "s_t001_z02"]
    assert len(images) == 6


def test_planes_all_of_a_plain_image_is_that_image(folder: Path) -> None:
    tifffile.imwrite("raw/plain.tif", np.zeros((8, 8), np.uint8))
    (image,) = read("image\tpath\tplanes", "s\traw/plain.tif\tall")
    assert (image.name, image.plane) == ("s", {})


def test_planes_all_of_a_damaged_file_is_a_problem_of_its_line(folder: Path) -> None:
    found = problems("image\tpath\tplanes", "s\traw/a_dna.tif\tall")
    assert "line 2 (s): planes of raw/a_dna.tif: a file that begins with" in found


@pytest.mark.parametrize("cell", ["z", "z=0", "z=2,z=3", "q=3", "z=-1", "z=1000,t=1000", "each"])
def test_bad_planes(folder: Path, cell: str) -> None:
    assert f"planes '{cell}' is not" in problems("image\tpath\tplanes", f"a\traw/a_dna.tif\t{cell}")


def test_comments_empty_lines_and_byte_order_mark_are_no_rows(folder: Path) -> None:
    images = read("\ufeffimage\tpath", "# of plate 1", "", "a\traw/a_dna.tif", "\t")
    assert [image.name for image in images] == ["a"]


@pytest.mark.parametrize(
    "name",
    ["field 1", "Zelle_ä", "..", "../up", "a/b", "a\\b", ".a", "-a", "$(rm)", "", "x" * 81],
)
def test_unusable_names(folder: Path, name: str) -> None:
    found = problems("image\tpath", f"{name}\traw/a_dna.tif")
    assert f"name {name!r} cannot be used: use letters" in found


def test_an_unusable_name_is_answered_with_one_that_can_be_used(folder: Path) -> None:
    assert "for example field_1_left" in problems("image\tpath", "field 1 (left)\traw/a_dna.tif")


def test_names_differing_in_case_only_are_duplicates(folder: Path) -> None:
    found = problems("image\tpath", "well_A1\traw/a_dna.tif", "well_a1\traw/b_dna.tif")
    assert "name 'well_A1' occurs 2 times" in found


def test_name_of_an_expanded_image_may_not_meet_another(folder: Path) -> None:
    found = problems("image\tpath", "p\traw/*_dna.tif", "p_a_dna\traw/a_actin.tif")
    assert "name 'p_a_dna' occurs 2 times" in found


def test_one_file_in_two_images(folder: Path) -> None:
    found = problems("image\tpath", "a\traw/a_dna.tif", "b\traw/../raw/a_dna.tif")
    assert "belongs to more than one image: a, b" in found


def test_one_file_for_two_channels(folder: Path) -> None:
    found = problems("image\tdna\tactin", "a\traw/a_dna.tif\traw/a_dna.tif")
    assert "two channels have the same file" in found


def test_missing_file_with_the_nearest_name(folder: Path) -> None:
    found = problems("image\tpath", "a\traw/a_dan.tif")
    assert "no file raw/a_dan.tif; did you mean `a_dna.tif`?" in found


def test_missing_folder(folder: Path) -> None:
    assert "there is no folder row" in problems("image\tpath", "a\trow/a_dna.tif")


def test_folder_where_a_file_is_needed(folder: Path) -> None:
    assert "raw is a folder" in problems("image\tpath", "a\traw")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (r"raw\a_dna.tif", "divided by / and not by"),
        ("https://example.org/a.tif", "download the file"),
        ("~/a.tif", "write the whole path"),
    ],
)
def test_paths_of_other_systems_are_told_of(folder: Path, cell: str, said: str) -> None:
    assert said in problems("image\tpath", f"a\t{cell}")


def test_columns_that_are_empty_to_the_end_are_none(folder: Path) -> None:
    (a,) = read("image\tpath\t\t", "a\traw/a_dna.tif\t\t", channels=("grey",))
    assert a.files == {"path": "raw/a_dna.tif"}


def test_unmatched_pattern(folder: Path) -> None:
    assert "no file matches raw/*.png" in problems("image\tpath", "a\traw/*.png")


def test_missing_channel_column_with_the_nearest_name(folder: Path) -> None:
    found = problems("image\tdna\taktin", "a\traw/a_dna.tif\traw/a_actin.tif")
    assert "no column `actin`; did you mean `aktin`?" in found


def test_missing_channel_cell(folder: Path) -> None:
    found = problems("image\tdna\tactin", "a\traw/a_dna.tif")
    assert "line 2 (a): no file for channel `actin`" in found


def test_missing_image_column(folder: Path) -> None:
    assert "no column `image`; did you mean `images`?" in problems(
        "images\tpath", "a\traw/a_dna.tif"
    )


def test_required_columns_must_be_there_and_filled(folder: Path) -> None:
    by_well = {"well": "split.by"}
    found = problems("image\tpath\twel", "a\traw/a_dna.tif\t1", required=by_well)
    assert "no column `well`, which `split.by` names; did you mean `wel`?" in found
    found = problems("image\tpath\twell", "a\traw/a_dna.tif\t", required=by_well)
    assert "column `well` is empty, which `split.by` names" in found


def test_a_misspelt_column_between_semicolons_is_named(folder: Path) -> None:
    found = problems("imgae;path", "a;raw/a_dna.tif")
    assert "no column `image`; did you mean `imgae`?" in found
    assert "cells must be" not in found


def test_a_file_in_path_and_one_of_a_channel_are_one_too_many(folder: Path) -> None:
    found = problems("image\tpath\tdna", "a\traw/a_dna.tif\traw/a_actin.tif")
    assert "`path` and column `dna` name a file each; leave one of them empty" in found
    # Text that names no file is free.
    (one,) = read("image\tpath\tdna", "a\traw/a_dna.tif\thigh")
    assert one.columns["dna"] == "high"


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("x" * 300 + ".tif", "too long for this system"),
        ("raw/" + "*" * 300, "too long for this system"),
        ("raw/loop.tif", "is a link that leads to itself"),
        ("raw/gone.tif", "is a link to elsewhere.tif, which is not there"),
        ("raw/z*.tif", r"raw/z\xe4.tif has a name that is no UTF-8 text"),
    ],
)
def test_paths_that_cannot_be_read(folder: Path, path: str, trouble: str) -> None:
    (folder / "raw/loop.tif").symlink_to("loop.tif")
    (folder / "raw/gone.tif").symlink_to("elsewhere.tif")
    (folder / os.fsdecode(b"raw/z\xe4.tif")).touch()
    found = problems("image\tpath", f"a\t{path}")
    assert trouble in found
    found.encode()


def test_a_raw_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: "samples" in str(path))
    found = problems("image\tpath", "a\traw/a_dna.tif")
    assert "raw/a_dna.tif may not be read (permissions)" in found


@pytest.mark.parametrize("cell", ["0", "-1", "1e300", "0,65", "nan", "inf", "0.65um"])
def test_bad_pixel_size(folder: Path, cell: str) -> None:
    found = problems("image\tpath\tpixel_size_um", f"a\traw/a_dna.tif\t{cell}")
    assert f"pixel_size_um {cell!r} is not a positive number" in found


def test_unknown_split(folder: Path) -> None:
    found = problems("image\tpath\tsplit", "a\traw/a_dna.tif\ttrian")
    assert "split 'trian' is none of train, val, test, blocks; did you mean `train`?" in found


def test_all_problems_come_at_once(folder: Path) -> None:
    found = problems(
        "image\tpath\tpixel_size_um\tsplit",
        "a b\traw/none.tif\tx\tall",
        "c\traw/a_dna.tif\t1\ttest",
        "c\traw/b_dna.tif\t1\ttest\textra",
    )
    assert found.startswith("6 problems")
    assert found.count("\n") == 6


def test_a_wrong_folder_of_thousands_of_files_is_answered_at_once(folder: Path) -> None:
    (folder / "plate").mkdir()
    for n in range(2000):
        (folder / f"plate/image_{n:04}_dna.tif").touch()
    rows = [f"i{n}\tplate/image_{n:04}_dan.tif" for n in range(2000)]
    start = time.process_time()
    found = problems("image\tpath", *rows)
    assert "no file plate/image_0000_dan.tif; did you mean `image_0000_dna.tif`?" in found
    assert time.process_time() - start < 5  # hints for all of them would take minutes


def test_thousands_of_problems_are_cut_and_counted(folder: Path) -> None:
    found = problems("image\tpath", *(f"i{n}\tgone/{n}.tif" for n in range(1000)))
    assert found.startswith("1000 problems")
    assert found.endswith("and 960 more")


@pytest.mark.parametrize(
    ("separator", "named"),
    [(",", "commas"), (";", "semicolons"), ("|", "bars"), ("   ", "spaces")],
)
def test_other_separators_are_recognised(folder: Path, separator: str, named: str) -> None:
    notices: list[str] = []
    rows = ["image{0}path{0}well", "a{0}raw/a_dna.tif{0}A1", "b{0}raw/b_dna.tif{0}A2"]
    Path("samples.tsv").write_text("\n".join(rows).format(separator))
    a, b = read_samples("samples.tsv", ("grey",), notices=notices)
    assert (a.files, b.columns) == ({"path": "raw/a_dna.tif"}, {"well": "A2"})
    assert f"columns are separated by {named}, not tabs" in notices[0]


def test_spaces_between_columns_and_in_cells_cannot_be_told_apart(folder: Path) -> None:
    found = problems("image path", "a raw/a dna.tif")
    assert "line 2: 3 cells, but the header has 2; with spaces between columns" in found


def test_a_row_without_the_headers_separator(folder: Path) -> None:
    found = problems("image\tpath", "a   raw/a_dna.tif")
    assert "line 2: one cell 'a   raw/a_dna.tif', but the header has 2 columns" in found


def test_a_separator_that_excel_states(folder: Path) -> None:
    Path("samples.csv").write_text("sep=;\nimage;path\na;raw/a_dna.tif\n")
    assert read_samples("samples.csv", ("grey",))[0].name == "a"


@pytest.mark.parametrize("text", ['"a,raw/a_dna.tif', 'a,"raw/a_dna.tif'])
@pytest.mark.parametrize("name", ["samples.csv", "samples.tsv"])
def test_an_open_quotation_mark_takes_in_no_row(folder: Path, name: str, text: str) -> None:
    rows = ["image,path", text, "b,raw/b_dna.tif", "c,raw/a_actin.tif"]
    lines = "\n".join(rows)
    Path(name).write_text(lines if name.endswith("csv") else lines.replace(",", "\t"))
    with pytest.raises(UserError, match="never closed") as caught:
        read_samples(name, ("grey",))
    assert caught.value.where == f"{name}, line 2"


def test_a_cell_in_quotes_may_hold_separators_and_quotes(folder: Path) -> None:
    Path("samples.csv").write_text('image,path,note\na,raw/a_dna.tif,"left, ""dark"""\n')
    (a,) = read_samples("samples.csv", ("grey",))
    assert a.columns["note"] == 'left, "dark"'


def test_dots_in_a_name_become_underscores_with_a_notice(folder: Path) -> None:
    notices: list[str] = []
    Path("samples.tsv").write_text("image\tpath\nB5.t24\traw/a_dna.tif\n")
    (image,) = read_samples("samples.tsv", ("grey",), notices=notices)
    assert image.name == "B5_t24"
    assert "line 2: image 'B5.t24' is called B5_t24" in notices[0]
    assert "'B5_t24' occurs 2 times" in problems(
        "image\tpath", "B5.t24\traw/a_dna.tif", "B5_t24\traw/b_dna.tif"
    )


def test_names_that_a_pattern_makes_are_shown(folder: Path) -> None:
    notices: list[str] = []
    Path("samples.tsv").write_text("image\tpath\nplate\traw/*.tif\n")
    read_samples("samples.tsv", ("grey",), notices=notices)
    shown = "raw/*.tif makes 4 image(s): plate_a_actin, plate_a_dna, plate_b_actin, plate_b_dna"
    assert shown in notices[0]


def test_a_mistyped_column_is_named(folder: Path) -> None:
    assert "`paht`, did you mean `path`?" in problems("image\tpaht", "a\traw/a_dna.tif")


def test_a_column_that_is_almost_one_of_ours_is_a_notice(folder: Path) -> None:
    notices: list[str] = []
    Path("samples.tsv").write_text("image\tpath\tchanels\na\traw/a_dna.tif\tdna\n")
    read_samples("samples.tsv", ("grey",), notices=notices)
    assert "`chanels` is free text and not read; did you mean `channels`?" in notices[0]


@pytest.mark.parametrize("name", ["samples.csv", "S.CSV", "Samples.Csv"])
def test_csv_by_its_name(folder: Path, name: str) -> None:
    notices: list[str] = []
    Path(name).write_text("image,path\na,raw/a_dna.tif\n")
    assert read_samples(name, ("grey",), notices=notices)[0].name == "a"
    assert notices == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_unicode_text_of_a_spreadsheet(folder: Path, encoding: str) -> None:
    Path("samples.tsv").write_bytes("image\tpath\twell\na\traw/a_dna.tif\tµ\n".encode(encoding))
    (a,) = read_samples("samples.tsv", ("grey",))
    assert a.columns["well"] == "µ"


def test_repeated_column(folder: Path) -> None:
    assert "column `path` occurs 2 times" in problems("image\tpath\tpath", "a\tx\ty")


def test_table_without_rows(folder: Path) -> None:
    assert "no row below the header" in problems("image\tpath")


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "an empty file"), (b"image\tpath\n\xff\xfe", "other bytes"), (None, "No such file")],
)
def test_unreadable_table(folder: Path, content: bytes | None, found: str) -> None:
    if content is not None:
        Path("samples.tsv").write_bytes(content)
    with pytest.raises(UserError, match=found):
        read_samples("samples.tsv", ("grey",))


def test_rule_for_names_is_the_configs() -> None:
    rule = get_args(Name)[1]
    assert (rule.pattern, rule.max_length) == (NAME_PATTERN, MAX_LENGTH)


def test_reading_a_table_loads_nothing_heavy(root: Path) -> None:
    # Snakemake imports it in every job; NumPy alone would cost 0.1 s each time.
    code = (
        "import sys, cytoforge.images.samples;"
        "heavy = {'numpy', 'tifffile', 'torch', 'skimage', 'pandas'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
