"""Scores of detected spots: counted by hand, and the floor that a simple detector has."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.spot_floor import field_of_spots, floor
from cytoforge.config.spots import SpotsConfig
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.images.set_manifest import write_manifest
from cytoforge.metrics.score_spot_set import FILES, SpotSet, score_spot_set
from cytoforge.metrics.spot_scores import SpotField, class_edges, score_spots
from cytoforge.spots.spot_file import write_spots

TRUTH = np.array([[10.0, 10.0], [10.0, 20.0], [30.0, 30.0], [40.0, 10.0]])
PHOTONS = np.array([100.0, 200.0, 300.0, 400.0])


def field(found, name: str = "a", truth=TRUTH, photons=PHOTONS) -> SpotField:
    points = np.array(found, np.float64).reshape(-1, 2)
    return SpotField(name, truth, photons, {"LoG": (points, np.arange(len(points)))}, (50, 50))


def scores_of(*fields: SpotField) -> dict[str, float]:
    table = score_spots(fields, "LoG").scores
    return dict(zip(table["score"], table["value"], strict=True))


def test_scores_are_those_counted_by_hand():
    """Three of four found, at 0, 3 and 2 px; one where nothing is."""
    found = scores_of(field([[10, 10], [10, 23], [30, 28], [45, 45]]))
    assert found["precision"] == found["recall"] == found["f1"] == 0.75
    assert found["rmse_px"] == pytest.approx(np.sqrt((0 + 9 + 4) / 3))
    assert found["count_bias"] == 0


def test_the_gate_decides_what_is_found():
    gates = score_spots([field([[10, 10], [10, 23], [30, 28], [45, 45]])], "LoG").gates
    pooled = gates[gates["unit"] == "all"].set_index("gate")["tp"]
    assert pooled.tolist() == [1, 2, 3, 3, 3]


def test_the_gate_comes_before_the_assignment():
    """One found point lies 1 px beside the first spot and 9 from the second; another is far away.

    Solving for all points at once and dropping long pairs afterwards would lose it.
    """
    found = scores_of(field([[10, 11], [10, 0.5]]))
    assert found["precision"] == 0.5 and found["recall"] == 0.25


def test_a_spot_found_twice_is_found_once():
    assert scores_of(field([[10, 10], [10, 10.5]]))["precision"] == 0.5


def test_too_many_are_a_bias_of_counts():
    found = scores_of(field([[10, 10], [20, 20], [5, 5], [1, 40], [40, 1], [1, 1]]))
    assert found["count_bias"] == pytest.approx(6 / 4 - 1)


def test_each_class_of_photons_has_its_recall():
    """The brightest two are found."""
    classes = score_spots([field([[30, 30], [40, 10]])], "LoG").classes
    assert classes["n_true"].tolist() == [1, 1, 1, 1]
    assert classes["recall"].tolist() == [0, 0, 1, 1]


def test_spots_of_one_brightness_are_one_class():
    classes = score_spots([field([[10, 10]], photons=np.full(4, 50.0))], "LoG").classes
    assert classes[["n_true", "recall"]].to_numpy().tolist() == [[4, 0.25]]
    assert len(class_edges(np.arange(9.0))) == 5


def test_images_have_an_interval_from_six_on():
    fields = [field(TRUTH[:k], str(k)) for k in (1, 2, 3, 4, 4, 3)]
    table = score_spots(fields, "LoG").scores.set_index("score")
    assert table.loc["recall", "interval"] == "95 % t interval of 6 images"
    assert table.loc["recall", "low"] < 17 / 24 < table.loc["recall", "high"]


@pytest.mark.parametrize(("found", "too_easy"), [(TRUTH, True), (TRUTH[:3], False)])
def test_what_the_baseline_finds_everywhere_is_too_easy(found, too_easy):
    assert score_spots([field(TRUTH, "b"), field(found)], "LoG").too_easy is too_easy


def test_images_without_spots_and_without_anything_found():
    found = scores_of(field([], truth=np.empty((0, 2)), photons=np.empty(0)))
    assert found["f1"] == 1 and np.isnan(found["rmse_px"])


# From a floor that was measured elsewhere: F1 and localisation RMSE of a Laplacian of a Gaussian of
# the true width, threshold 4.5 MAD, on fields of 256 px with a ground of 20 photons.
FLOOR = [
    (0.9, 100, 1000, 0.99, 0.11),
    (0.9, 400, 400, 0.95, 0.20),
    (1.3, 100, 100, 0.32, 0.59),
    (1.3, 400, 100, 0.23, 0.56),
    (1.3, 400, 1000, 0.93, 0.27),
]


@pytest.mark.parametrize(("sigma_px", "n_spots", "photons", "f1", "rmse_px"), FLOOR)
def test_the_floor_of_the_baseline_is_the_known_one(sigma_px, n_spots, photons, f1, rmse_px):
    cell = floor(sigma_px, n_spots, photons, fields=8)
    assert cell.f1 == pytest.approx(f1, abs=0.05)
    assert cell.rmse_px == pytest.approx(rmse_px, abs=0.05)


@pytest.fixture
def scored(tmp_path: Path) -> Path:
    """A set of two images of 40 bright spots, which another program found all but the first."""
    rows, flat = [], {"counts": "fixed", "background_form": "flat"}
    config = SpotsConfig.model_validate({"per_object": 40, "photons": 3000, **flat})
    for name in ("a", "b"):
        drawn = field_of_spots(config, 1.3, name)
        file = f"fields/{name}.ome.tif"
        ranges = (ChannelRange(0, 1000),)
        write_image(tmp_path / "set" / file, Image(name, drawn.pixels[None], ("spots",), ranges))
        write_spots(tmp_path / f"set/fields/{name}_spots.csv", drawn.spots)
        spots = {"spots": f"fields/{name}_spots.csv", "sigma_px": "1.3"}
        rows.append({"name": name, "image": file, "source": "", **spots})
        lines = [f"{y},{x}" for y, x in drawn.spots.points[1:].tolist()]
        (tmp_path / "theirs").mkdir(exist_ok=True)
        (tmp_path / f"theirs/{name}.csv").write_text("\n".join(["axis-0,axis-1", *lines]))
    write_manifest(tmp_path / "set", rows)
    manifest = tmp_path / "set/manifest.csv"
    request = SpotSet(manifest, manifest, "spots", {"theirs": str(tmp_path / "theirs")})
    score_spot_set(request, tmp_path / "scores")
    return tmp_path / "scores"


def test_every_table_is_written(scored: Path):
    assert {path.name for path in scored.iterdir()} == set(FILES)
    told = json.loads((scored / "spots.json").read_text())
    assert (told["n_images"], told["n_spots"], told["baseline"]) == (2, 80, "LoG")


def test_other_programs_stand_beside_the_baseline(scored: Path):
    table = pd.read_csv(scored / "scores.csv").set_index(["detector", "score"])["value"]
    assert table["theirs", "recall"] == pytest.approx(78 / 80)
    assert table["theirs", "precision"] == 1
    assert table["LoG", "f1"] > 0.95
    assert table["LoG", "average_precision"] > 0.95
    assert np.isnan(table["theirs", "average_precision"])  # it told no confidence


def test_all_that_was_found_is_kept(scored: Path):
    found = pd.read_csv(scored / "found.csv")
    assert found[found["detector"] == "theirs"]["matched"].tolist() == [1] * 78
    assert set(found["image"]) == {"a", "b"}
