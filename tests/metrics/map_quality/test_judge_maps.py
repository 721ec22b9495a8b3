"""The whole comparison: a source that lays cells out as they lie is told from one that does not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from cytoforge.metrics.map_quality.judge_maps import MapQuality, MapSettings, judge_maps
from cytoforge.metrics.map_quality.map_verdicts import against_uniform
from cytoforge.metrics.map_quality.pair_correlation import pair_correlation
from cytoforge.metrics.map_quality.write_map_quality import FILES, write_map_quality
from tests.metrics.map_quality.made_up_maps import CODES, pairs_of_disks

WIDE = (192, 192)


@pytest.fixture(scope="module")
def quality() -> MapQuality:
    """Drawn maps have the pairs of real ones; one of three perturbed maps is a training map."""
    made = [pairs_of_disks(seed) for seed in range(8)]
    train = [pairs_of_disks(seed, WIDE) for seed in (20, 21)]
    held = [pairs_of_disks(seed, WIDE) for seed in (30, 31)]
    perturbed = [pairs_of_disks(40), pairs_of_disks(41), train[0]]
    return judge_maps(made, train, held, CODES, perturbed, MapSettings(side_px=48))


def test_every_measure_has_a_row_per_series(quality: MapQuality):
    counts = quality.table.groupby("measure")["series"].apply(list)
    assert all(one == ["made", "perturbed", "uniform", "real_vs_real"] for one in counts)
    assert {"cells area", "nuclei pairs", "cover nucleus", "holes cytoplasm"} <= set(counts.index)
    assert "cover gap" not in counts.index  # there is none


def test_pairs_of_cells_are_nearer_to_real_than_cells_anywhere(quality: MapQuality):
    answers = against_uniform(quality.table, 0.95)
    for measure in ("neighbour", "pairs"):
        assert answers[f"cells {measure}"] == answers[f"nuclei {measure}"] == "nearer"
    assert answers["cells contacts"] == "nearer"
    assert quality.verdicts[0].passed is True


def test_chance_is_over_maps_and_images(quality: MapQuality):
    kinds = quality.table.groupby("series")["interval"].unique()
    assert kinds["made"].tolist() == ["95 % t interval of 8 maps"]
    assert set(kinds["real_vs_real"]) == {"range of 2 images"}


def test_a_training_map_among_perturbed_ones_is_found(quality: MapQuality):
    copies = quality.copies
    own = copies[copies["map"] == "pairs_20"]
    assert len(own) > 8 and (own["kappa"] == 1).all()
    assert copies[copies["series"] == "made"]["kappa"].max() < 0.9


def test_maps_that_share_no_kind_of_objects_are_compared_by_what_they_show():
    fields = [pairs_of_disks(seed) for seed in range(3)]
    made = [replace(fields[0], objects={"bodies": fields[0].objects["cells"]})]
    found = judge_maps(made, fields[1:2], fields[2:], CODES, (), MapSettings(side_px=48))
    assert set(found.table["family"]) == {"objects", "classes"}


def test_points_that_know_nothing_of_each_other_have_a_pair_correlation_of_one():
    random, planes = np.random.default_rng(4), []
    for _ in range(40):
        plane = np.zeros((64, 96), np.int32)
        plane.flat[random.choice(plane.size, 80, replace=False)] = np.arange(1, 81)
        planes.append(plane)
    r, g = pair_correlation(planes, 32, bins=4)
    assert r.tolist() == [4, 12, 20, 28]
    assert g == pytest.approx([1] * 4, abs=0.06)


def test_files_hold_the_tables_and_what_a_page_needs(quality: MapQuality, tmp_path: Path):
    write_map_quality(tmp_path, quality, CODES, 0.95)
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "pictures"}
    told = json.loads((tmp_path / "map_quality.json").read_text())
    assert told["settings"]["n_maps"]["made"] == 8
    assert told["settings"]["n_images"]["real"] == 2
    assert [one["title"] for one in told["strips"][0]] == [
        "real",
        "drawn maps",
        "perturbed real maps",
        "uniform placement",
    ]
    with PillowImage.open(tmp_path / told["strips"][0][0]["file"]) as picture:
        assert picture.size == (96, 96)


def test_the_same_maps_give_the_same_bytes(quality: MapQuality, tmp_path: Path):
    made = [pairs_of_disks(seed) for seed in range(8)]
    train = [pairs_of_disks(seed, WIDE) for seed in (20, 21)]
    held = [pairs_of_disks(seed, WIDE) for seed in (30, 31)]
    perturbed = [pairs_of_disks(40), pairs_of_disks(41), train[0]]
    again = judge_maps(made, train, held, CODES, perturbed, MapSettings(side_px=48))
    for name, one in (("first", quality), ("second", again)):
        write_map_quality(tmp_path / name, one, CODES, 0.95)
    for file in FILES:
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()
