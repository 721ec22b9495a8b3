"""Copies are found wherever they were cut out and however they were turned; other maps are not."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.metrics.map_quality.map_copies import (
    cohens_kappa,
    copies_verdict,
    nearest_windows,
)
from cytoforge.metrics.map_quality.map_fields import MapField
from cytoforge.metrics.map_quality.uniform_placement import turned
from tests.metrics.map_quality.made_up_maps import pairs_of_disks

SIDE = 64  # every second pixel is looked at in the search


@pytest.fixture(scope="module")
def train() -> list[MapField]:
    return [pairs_of_disks(seed, (150, 131)) for seed in (1, 2)]


@pytest.mark.parametrize("symmetry", range(8))
def test_a_window_of_a_training_map_is_found_to_the_pixel(train, symmetry: int):
    window = turned(train[1].labels[31 : 31 + SIDE, 45 : 45 + SIDE], symmetry)
    copied = MapField("copy", "copy", np.ascontiguousarray(window), {})
    (row,) = nearest_windows({"made": [copied]}, train, [], 4, SIDE, 1).to_dict("records")
    assert (row["kappa"], row["equal"]) == (1, 1)
    assert (row["train_map"], row["train_row"], row["train_col"]) == ("pairs_2", 31, 45)
    back = turned(window, row["symmetry"])
    assert np.array_equal(back, train[1].labels[31 : 31 + SIDE, 45 : 45 + SIDE])


def test_other_maps_are_far_from_one(train):
    found = nearest_windows({"made": [pairs_of_disks(9, (128, 128))]}, train, [], 4, SIDE, 1)
    assert len(found) == 4 and found["kappa"].max() < 0.6


def test_a_window_of_nothing_but_ground_is_left_out(train):
    empty = MapField("empty", "empty", np.ones((SIDE, SIDE), np.uint8), {})
    assert not len(nearest_windows({"made": [empty]}, train, [], 4, SIDE, 1))


def test_kappa_of_equal_maps_is_one_and_of_two_empty_ones_none():
    a = np.array([[0, 1], [1, 1]])
    assert cohens_kappa(a, a) == (1, 1)
    assert cohens_kappa(np.ones((4, 4), int), np.ones((4, 4), int)) == (1, 0)


def table(made: list[float], real: list[float]) -> pd.DataFrame:
    both = [("made", value) for value in made] + [("real", value) for value in real]
    return pd.DataFrame(both, columns=["series", "kappa"]).assign(held_out_kappa=0.25)


def test_more_near_windows_than_chance_are_copies():
    real = list(np.linspace(0.2, 0.4, 40))
    assert copies_verdict(table(real, real), "made", "real").passed is True
    copied = copies_verdict(table([0.9] * 20 + real[:20], real), "made", "real")
    assert copied.passed is False and copied.text.startswith("20 of 40 drawn windows")


def test_a_window_is_not_compared_with_its_own_held_out_map(train):
    held = [pairs_of_disks(seed, (SIDE, SIDE)) for seed in (7, 8)]
    found = nearest_windows({"real": held}, train, held, 4, SIDE, 1)
    assert found["held_out_kappa"].max() < 0.6
    alone = nearest_windows({"real": held[:1]}, train, held[:1], 4, SIDE, 1)
    assert alone["held_out_kappa"].isna().all()


def test_windows_alike_to_any_map_are_no_copies():
    """Two halves of one class each: as alike to held-out maps as to training maps."""
    real = list(np.linspace(0.2, 0.4, 40))
    alike = table([0.9] * 40, real)
    alike.loc[alike["series"] == "made", "held_out_kappa"] = 0.88
    assert copies_verdict(alike, "made", "real").passed is True


def test_few_windows_say_nothing():
    verdict = copies_verdict(table([0.3] * 30, [0.3] * 19), "made", "real")
    assert verdict.passed is None and "19 of held-out" in verdict.text
