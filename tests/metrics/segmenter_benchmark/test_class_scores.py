"""Segmenters that tell classes are scored by class, against label maps of people's classes."""

import csv
from pathlib import Path

import numpy as np
import pytest

from cytoforge.metrics.segmenter_benchmark.benchmark_files import ContestFiles, image_reader
from cytoforge.metrics.segmenter_benchmark.run_benchmark import run_benchmark
from cytoforge.references.codes import OWN, Code, write_codes
from cytoforge.references.label_map_file import write_label_map
from cytoforge.report.class_table import class_tables
from cytoforge.segmentation.classes import ClassPlane
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.split.regions_file import write_regions
from tests.metrics.segmenter_benchmark import contest as files

NAMES = ("ground", "round", "long")
# By place; the true class of the fourth nucleus is known only where there is one.
TRUE, FOUND = (1, 2, 2, 1, 0), (1, 2, 1, 1, 0)


def classes_of(labels: np.ndarray, by_place: tuple[int, ...]) -> np.ndarray:
    """Return the class of each pixel's square."""
    return np.where(labels > 0, np.repeat(by_place, 8)[None], 0).astype(np.uint8)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = files.write_all(tmp_path_factory.mktemp("classes"))
    for name in files.IMAGES:
        write_label_map(root / "maps" / f"{name}.tif", classes_of(files.TRUTH[name], TRUE))
        labels = files.GOOD[name]
        # Its classes come in another order.
        told = np.array([0, 2, 1], np.uint8)[classes_of(labels, FOUND)]
        plane = ClassPlane(("ground", "long", "round"), told, (labels > 0).astype(np.float32))
        path = root / "segmentation" / "classed" / f"{name}.ome.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        planes = {"nuclei": ObjectPlane(labels, classes=plane)}
        write_segmentation(path, Segmentation(planes, "classed"))
    codes = [Code(k, name, OWN, None, (k, k, k), (k,)) for k, name in enumerate(NAMES)]
    write_codes(root / "codes.json", codes)
    write_regions(root / "regions.csv", files.regions())
    contest = ContestFiles(
        truth=files.segmentations(root, "drawn"),
        found=files.segmentations(root, "classed", "good"),
        segmenters=["classed", "good"],
        real=str(root / "regions.csv"),
        regions=str(root / "regions.csv"),
        class_maps=[str(root / "maps" / f"{name}.tif") for name in files.IMAGES],
        codes=str(root / "codes.json"),
    ).contest(["nuclei"], {})
    images = [root / "images" / f"{name}.ome.tif" for name in files.IMAGES]
    run_benchmark(contest, image_reader("", images), {}, {}, 0.95, root / "out")
    return root / "out"


@pytest.fixture(scope="module")
def scores(output: Path) -> dict[tuple[str, str], float]:
    with (output / "classes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # `good` tells no classes.
    assert {(row["object"], row["segmenter"]) for row in rows} == {("nuclei", "classed")}
    return {(row["metric"], row["class"]): float(row["value"]) for row in rows}


def test_all_objects_whatever_their_class(scores):
    # Six test fields; of every second one the fourth nucleus was missed.
    assert scores["bpq", ""] == pytest.approx(np.mean([1, 6 / 7] * 3))
    assert scores["f1_detected", ""] == pytest.approx(36 / (36 + 3))


def test_classes_are_matched_by_name(scores):
    # Of `long` one of two was found in each field; the other was called round.
    assert scores["pq", "long"] == pytest.approx(2 / 3)
    assert scores["pq", "round"] == pytest.approx(np.mean([2 / 3, 2 / 4] * 3))
    assert scores["mpq", ""] == pytest.approx(np.mean([2 / 3, 7 / 12] * 3))
    # 6 pairs of the class, 6 of which one side is, none alone; of round 3 were missed.
    assert scores["f1_class", "long"] == pytest.approx(12 / (12 + 12))
    assert scores["f1_class", "round"] == pytest.approx(12 / (12 + 12 + 3))


def test_the_page_has_a_line_for_all_for_their_mean_and_for_each_class(output: Path, scores):
    (table,) = class_tables(output / "classes.csv")
    lines = [(row["class"], row["pq"]["value"], row["f1"]["value"]) for row in table["rows"]]
    assert lines == [
        ("all, whatever the class", "0.93", "0.92"),
        ("mean of classes", "0.62", ""),
        ("round", "0.58", "0.44"),
        ("long", "0.67", "0.50"),
    ]
