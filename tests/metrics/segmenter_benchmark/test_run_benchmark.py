"""A benchmark from files to tables and pictures: test regions alone count, failures are shown."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from cytoforge.errors import UserError
from cytoforge.images.set_manifest import write_manifest
from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.segmenter_benchmark.benchmark_fields import Contest, fields_of
from cytoforge.metrics.segmenter_benchmark.benchmark_files import (
    ContestFiles,
    contest_of_real,
    contest_of_set,
    image_reader,
    truth_of_images,
)
from cytoforge.metrics.segmenter_benchmark.failure_pictures import (
    FOUND_COLOUR,
    TRUE_COLOUR,
    failure_picture,
)
from cytoforge.metrics.segmenter_benchmark.run_benchmark import run_benchmark
from cytoforge.split.regions_file import write_regions
from tests.metrics.segmenter_benchmark import contest as files

SKIPPED = {"foreign": "no weights"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files.write_all(tmp_path_factory.mktemp("contest"))


def real(root: Path) -> Contest:
    return contest_of_real(
        files.segmentations(root, "drawn"),
        files.segmentations(root, "good", "bad"),
        ["good", "bad"],
        objects=["nuclei"],
        outside=files.outside(root),
        regions=files.regions(),
    )


@pytest.fixture(scope="module")
def output(root: Path) -> Path:
    images = [root / "images" / f"{name}.ome.tif" for name in files.IMAGES]
    told = {"set": "real", "truth": "drawn", "behind": ""}
    run_benchmark(real(root), image_reader("", images), SKIPPED, told, 0.95, root / "out")
    return root / "out"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_values_are_those_of_the_six_test_images(output: Path):
    f1 = {
        row["segmenter"]: row["value"]
        for row in rows(output / "scores.csv")
        if (row["metric"], row["iou"]) == ("f1", "")
    }
    # Three of three nuclei, and of three and a fourth one that is missed.
    assert float(f1["good"]) == pytest.approx((1 + 6 / 7) / 2)
    assert float(f1["bad"]) == pytest.approx((2 / 5 + 2 / 6) / 2)
    assert float(f1["tool"]) == 1
    assert f1["foreign"] == ""


def test_every_field_is_in_the_table_of_images(output: Path):
    table = rows(output / "images.csv")
    assert [row["image"] for row in table if row["segmenter"] == "good"] == list("abcdef")
    second = next(row for row in table if (row["segmenter"], row["image"]) == ("bad", "b"))
    assert (second["n_true"], second["n_found"], second["tp_0.50"]) == ("4", "2", "1")


def test_ranks_and_who_is_significantly_different(output: Path):
    first = [row for row in rows(output / "ranking.csv") if row["metric"] == "f1"]
    ranks = {row["segmenter"]: row["rank"] for row in first}
    assert ranks == {"good": "1", "bad": "3", "tool": "1", "foreign": ""}
    assert next(r for r in first if r["segmenter"] == "tool")["not_different_from"] == "good"
    assert next(r for r in first if r["segmenter"] == "foreign")["status"] == "skipped: no weights"


def test_the_same_inputs_give_the_same_bytes(output: Path, root: Path, tmp_path: Path):
    images = [root / "images" / f"{name}.ome.tif" for name in files.IMAGES]
    told = {"set": "real", "truth": "drawn", "behind": ""}
    run_benchmark(real(root), image_reader("", images), SKIPPED, told, 0.95, tmp_path)
    for path in sorted(output.rglob("*.*")):
        assert path.read_bytes() == (tmp_path / path.relative_to(output)).read_bytes()


def test_the_worst_field_of_each_is_drawn(output: Path):
    told = json.loads((output / "benchmark.json").read_text())
    worst = {one["segmenter"]: one for one in told["pictures"]}
    assert (worst["bad"]["image"], worst["bad"]["missed"], worst["bad"]["invented"]) == ("b", 3, 1)
    with PillowImage.open(output / "pictures" / "nuclei_bad.png") as picture:
        assert picture.size == (40, 24)


def test_outlines_are_orange_blue_and_white_and_lone_objects_are_filled(root: Path):
    image = image_reader("", [root / "images" / "b.ome.tif"])("b")
    shown = failure_picture(image, files.TRUTH["b"], files.BAD["b"]).picture
    assert shown[8, 1].tolist() == [255] * 3  # both
    assert shown[8, 9].tolist() == list(TRUE_COLOUR)  # missed
    assert shown[8, 33].tolist() == list(FOUND_COLOUR)  # invented
    assert shown[10, 3].tolist() != shown[10, 11].tolist()  # found, and tinted
    assert shown[0, 0].std() == 0  # ground


def test_of_a_made_set_truth_is_that_of_the_sources(root: Path, tmp_path: Path):
    named = [{"name": f"{n}{end}", "source": n} for n in "ab" for end in ("", "_s1")]
    write_manifest(tmp_path, named)
    folder = tmp_path / "segmentation" / "good"
    folder.mkdir(parents=True)
    statuses = [[one["name"], "ok", "0"] for one in named[:-1]]
    failed = [named[-1]["name"], "skipped: none in channel 'dna'", ""]
    write_csv(f"{folder}.csv", ["name", "status", "sha256"], [*statuses, failed])
    for one in named[:-1]:
        source = root / "segmentation" / "good" / f"{one['source']}.ome.tif"
        (folder / f"{one['name']}.ome.tif").write_bytes(source.read_bytes())
    manifest = tmp_path / "manifest.csv"
    contest = contest_of_set(
        manifest,
        truth_of_images(manifest, files.segmentations(root, "drawn")),
        {"good": f"{folder}.csv"},
        files.regions(),
        objects=["nuclei"],
        outside={},
        regions=None,
    )
    fields = list(fields_of(contest))
    assert [(field.name, field.unit) for field in fields] == [
        ("a", "a"), ("a_s1", "a"), ("b", "b"), ("b_s1", "b"),
    ]  # fmt: skip
    assert np.array_equal(fields[3].truth["nuclei"], files.TRUTH["b"])
    assert fields[3].found["good"] == "skipped: none in channel 'dna'"


def test_of_a_set_of_drawn_maps_truth_is_what_was_drawn(root: Path, tmp_path: Path):
    drawn, made = tmp_path / "drawn", tmp_path / "made"
    objects = [(f"d_{n}", root / "segmentation" / "drawn" / f"{n}.ome.tif") for n in "ab"]
    write_manifest(drawn, [{"name": n, "objects": str(p), "source": ""} for n, p in objects])
    named = [(f"d_{n}{end}", f"d_{n}") for n in "ab" for end in ("", "_s1")]
    write_manifest(made, [{"name": n, "map": m, "source": ""} for n, m in named])
    truth = truth_of_images(made / "manifest.csv", [], str(drawn / "manifest.csv"))
    assert {name: path.name for name, path in truth.items()} == {
        "d_a": "a.ome.tif", "d_a_s1": "a.ome.tif", "d_b": "b.ome.tif", "d_b_s1": "b.ome.tif",
    }  # fmt: skip
    contest = contest_of_set(
        made / "manifest.csv", truth, {}, [], objects=["nuclei"], outside={}, regions=None
    )
    # Two samples of one map are no two independent images.
    assert [field.unit for field in fields_of(contest)] == ["d_a", "d_a", "d_b", "d_b"]


def test_the_files_of_a_rule_make_a_contest_of_real_images(root: Path, tmp_path: Path):
    write_regions(tmp_path / "regions.csv", files.regions())
    given = ContestFiles(
        truth=files.segmentations(root, "drawn"),
        found=files.segmentations(root, "good", "bad"),
        segmenters=["good", "bad"],
        real=str(tmp_path / "regions.csv"),
        regions=str(tmp_path / "regions.csv"),
    )
    made = given.contest(["nuclei"], files.outside(root))
    assert made.segmenters == ("good", "bad", "tool")
    assert [field.image for field in fields_of(made)] == list("abcdef")


def test_without_a_test_region_there_is_nothing_to_compare(root: Path):
    nothing = contest_of_real(
        files.segmentations(root, "drawn"), [], [], objects=["nuclei"], outside={}, regions=[]
    )
    with pytest.raises(UserError, match="region of the test split"):
        list(fields_of(nothing))


def failing(reasons: list[str], root: Path, output: Path) -> list[dict[str, str]]:
    """Run with a segmenter that fails on images for these reasons; return its rows of F1."""
    good = {n: root / "segmentation" / "good" / f"{n}.ome.tif" for n in "ab"}
    found = {n: why or good[n] for n, why in zip("ab", reasons, strict=True)}
    truth = {n: root / "segmentation" / "drawn" / f"{n}.ome.tif" for n in "ab"}
    contest = Contest(truth=truth, found={"poor": found}, objects=["nuclei"])
    images = [root / "images" / f"{name}.ome.tif" for name in "ab"]
    run_benchmark(contest, image_reader("", images), {}, {}, 0.95, output)
    return [row for row in rows(output / "ranking.csv") if row["metric"] == "f1"]


def test_an_image_that_it_fails_on_counts_as_one_in_which_it_found_nothing(root, tmp_path):
    (row,) = failing(["skipped: none in channel 'dna'", ""], root, tmp_path)
    assert float(row["value"]) == pytest.approx((0 + 6 / 7) / 2)
    statuses = [one["status"] for one in rows(tmp_path / "images.csv")]
    assert statuses == ["skipped: none in channel 'dna'", ""]


def test_who_finds_nothing_in_any_image_has_a_score_of_zero(root, tmp_path):
    (row,) = failing(["skipped: none in channel 'dna'"] * 2, root, tmp_path)
    assert float(row["value"]) == 0


def test_what_cannot_see_any_of_the_images_is_skipped(root, tmp_path):
    (row,) = failing(["skipped: segmented by actin, which is not there"] * 2, root, tmp_path)
    assert (row["value"], row["rank"]) == ("", "")
    assert row["status"] == "skipped: segmented by actin, which is not there"
