"""Volumes of a set against the real ones, from files to tables."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from cytoforge.config.metrics import MetricsConfig
from cytoforge.jobs.csv_file import write_csv
from cytoforge.metrics.volumes.real_volume import RealVolume, class_means
from cytoforge.metrics.volumes.score_volumes import LabelClass, VolumeScoring, score_volumes
from cytoforge.volumes.stack import COLUMNS
from tests.volumes.phantoms import affine_of, write_volume

SHAPE = (24, 20, 6)
AFFINE = affine_of("LPS", (2, 2, 3))


def phantom() -> tuple[np.ndarray, np.ndarray]:
    """Return HU and labels: a block of 1 (40 HU), with 2 in it (100 HU, in slices 1 to 4)."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[4:20, 4:16] = 1
    labels[8:14, 7:13, :4] = 2
    return np.array([-1000, 40, 100], np.int16)[labels], labels


@pytest.fixture
def files(tmp_path: Path) -> Path:
    image, labels = phantom()
    image[8:14, 7:13, :4] += np.arange(4, dtype=np.int16)  # 100 to 103 HU along the slices
    write_volume(tmp_path / "ct.nii.gz", image, AFFINE)
    write_volume(tmp_path / "labels.nii.gz", labels, AFFINE)
    made = image + np.where(labels == 2, 50, 0).astype(np.int16)
    made[..., 5] = -1000  # a slice that the set does not have
    labels[..., 5] = 0
    write_volume(tmp_path / "set/volumes/ct.nii.gz", made, AFFINE)
    write_volume(tmp_path / "set/volumes/ct_labels.nii.gz", labels, AFFINE)
    sidecar = {
        "channels": {"grey": {"unit": "HU", "low": -1000, "high": 1000}},
        "slices": [{"slice": n} for n in range(1, 6)],
    }
    (tmp_path / "set/volumes/ct.json").write_text(json.dumps(sidecar))
    row = ["ct", "ct", 0, 5, 6, "volumes/ct.nii.gz", "volumes/ct_labels.nii.gz", "", ""]
    write_csv(tmp_path / "set/volumes.csv", COLUMNS, [[*row, "volumes/ct.json"]])
    return tmp_path


def real(folder: Path) -> RealVolume:
    image, labels = (str(folder / name) for name in ("ct.nii.gz", "labels.nii.gz"))
    return RealVolume(image, labels, "z", training=[1, 2], unit="p1")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_means_are_those_of_training_slices(files: Path):
    found = class_means([real(files)], {}, files)
    assert found.of_label == {0: -1000, 1: 40, 2: 100.5}
    labels = np.array([[0, 2], [1, 9]])  # 9 is in no training slice
    np.testing.assert_array_equal(found.filled(labels), [[-1000, 100.5], [40, found.overall]])


def test_values_of_one_class_have_one_mean(files: Path):
    """Made label volumes have the first value of a class for all of it."""
    found = class_means([real(files)], {1: 1, 2: 1}, files)
    inside, organ = 16 * 12, 6 * 6
    mean = ((inside - organ) * 40 + organ * 100.5) / inside
    assert found.of_label == {0: -1000, 1: pytest.approx(mean)}


def test_a_made_volume_beside_the_means_of_its_labels(files: Path):
    classes = {1: LabelClass("body", (9, 9, 9)), 2: LabelClass("organ", (255, 0, 0))}
    scoring = VolumeScoring(MetricsConfig(), "patient")
    score_volumes(
        files / "set/volumes.csv", {"ct": real(files)}, classes, scoring, files / "scores"
    )
    made, means = rows(files / "scores/volumes.csv")
    assert (made["method"], means["method"], made["slices"]) == ("made", "class means", "5")
    body = 16 * 12 * 5 - 4 * 5  # the ball that drops a table rounds the corners
    assert int(made["body_voxels"]) == body
    assert float(made["mae"]) == pytest.approx(50 * 36 * 4 / body, abs=0.01)
    assert float(means["mae"]) == pytest.approx(36 * (0.5 + 0.5 + 1.5 + 2.5) / body, abs=0.01)
    assert float(made["body_dice"]) == pytest.approx(
        1, abs=0.01
    )  # which slice is last rounds edges
    # From slice to slice the organ goes by 1 HU, and ends: 103 or 153 beside 40.
    step = (36 * 3 + 36 * 113) / (36 * 3 + 36 * 63)
    assert float(made["adjacent_difference_ratio"]) == pytest.approx(step, rel=1e-3)
    one, organ = rows(files / "scores/organs.csv")
    assert (one["label"], organ["class"], organ["voxels"]) == ("1", "organ", "144")
    assert float(organ["difference"]) == 50
    assert float(organ["real_sd_of_slices"]) == pytest.approx(np.std([0, 1, 2, 3]), abs=0.01)
    picture = np.asarray(PillowImage.open(files / "scores/planes/ct.png"))
    # A row per plane, 20, 9 and 9 px high (slices are 3 mm thick, pixels 2 mm wide); in each the
    # labels, the real volume and the made one.
    assert picture.shape == (20 + 9 + 9 + 2 * 4, 24 * 3 + 2 * 4, 3)
    assert picture[10, 12].tolist() == [255, 0, 0]
    assert picture[10, 24 + 4 + 12].tolist() == [141] * 3  # 102 HU between -1000 and 1000


def test_samples_stand_beside_one_another_and_means_are_over_patients(files: Path):
    image, _ = phantom()
    write_volume(files / "set/volumes/ct_s1.nii.gz", image + np.int16(10), AFFINE)
    first = next(iter(rows(files / "set/volumes.csv")))
    second = {**first, "name": "ct_s1", "sample": "1", "image": "volumes/ct_s1.nii.gz"}
    table = [[one[column] for column in COLUMNS] for one in (first, second)]
    write_csv(files / "set/volumes.csv", COLUMNS, table)
    scores, scoring = files / "scores", VolumeScoring(MetricsConfig(), "patient")
    score_volumes(files / "set/volumes.csv", {"ct": real(files)}, {}, scoring, scores)
    one, other, means = rows(scores / "volumes.csv")
    assert [(r["sample"], r["method"]) for r in (one, other, means)] == [
        ("0", "made"), ("1", "made"), ("0", "class means"),
    ]  # fmt: skip
    assert (one["slices"], one["training_slices"]) == ("5", "2")
    voxels, organ = int(one["body_voxels"]), 36 * 4
    (between,) = rows(scores / "samples.csv")
    # The first sample is the real volume and 50 HU more in the organ, the second 10 HU more but for
    # what the organ rises along the slices, 0 to 3.
    rise = 36 * (40 + 41 + 42 + 43)
    assert float(between["difference"]) == pytest.approx(
        (rise + 10 * (voxels - organ)) / voxels, rel=1e-3
    )
    mae = next(r for r in rows(scores / "summary.csv") if r["measure"] == "mae")
    expected = (float(one["mae"]) + float(other["mae"])) / 2
    assert float(mae["value"]) == pytest.approx(expected)
    assert (mae["units"], mae["noun"], mae["interval"]) == ("1", "patient", "")
    across = [r for r in rows(scores / "reslices.csv") if r["plane"] == "coronal"]
    assert all(r["status"].startswith("skipped") for r in across)


def test_mr_is_named_as_without_a_unit_and_its_range_is_written_down(files: Path):
    path = files / "set/volumes/ct.json"
    sidecar = json.loads(path.read_text())
    sidecar["channels"]["grey"] = {"unit": "grey values", "low": -1000, "high": 103}
    path.write_text(json.dumps(sidecar))
    scores = files / "scores"
    scoring = VolumeScoring(MetricsConfig(), "patient")
    score_volumes(files / "set/volumes.csv", {"ct": real(files)}, {}, scoring, scores)
    made = rows(scores / "volumes.csv")[0]
    assert (made["measured_in"], made["lowest"], made["highest"]) == ("grey values", "-1000", "103")
    assert made["psnr_db"] == made["body_dice"] == ""
    for table in ("organs", "summary"):
        assert {row["measured_in"] for row in rows(scores / f"{table}.csv")} == {"grey values"}
