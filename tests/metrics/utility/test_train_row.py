"""Trainings of a row: what is shown, what is tested, and going on after an interruption."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.training import config_class
from cytoforge.config.utility import UtilityRow
from cytoforge.config.utility_problems import for_all_rows
from cytoforge.images.image import ChannelRange, Image
from cytoforge.metrics.utility import train_row as trained_rows
from cytoforge.metrics.utility.held_out_objects import HeldOut
from cytoforge.metrics.utility.row_counts import read_row
from cytoforge.metrics.utility.row_tiles import drawn_as, tiles_of_row
from cytoforge.metrics.utility.train_row import RowJob, train_row
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.order import Order
from tests.metrics.utility.made_up_tiles import RANGE, tile_set
from tests.segmentation.test_trained import field

QUICK = {"widths": (8, 16), "batch_size": 6, "cpu_threads": 1, "ema_decay": 0.8, "crop_px": 64}


def held(seed: int) -> HeldOut:
    pixels, labels = field(seed)
    image = Image(
        "held_out", (pixels[None] * 200).astype(np.uint8), ("grey",), (ChannelRange(*RANGE),)
    )
    return HeldOut(image, labels, "held_out")


def job(row: UtilityRow, steps: int = 40, seeds: int = 2) -> RowJob:
    settings = {"steps": steps, "learning_rate": 0.01, "other_labs": False}
    training = for_all_rows(config_class("unet")(**QUICK, **settings))
    return RowJob(row, "unet", training, "cells", seed=1, seeds=seeds)


MIXED = UtilityRow(1.0, "synthetic", 3.0)


def test_of_every_four_tiles_one_is_real_whatever_the_sets_sizes_are():
    kinds = {"real": tile_set(*range(6)), "synthetic": tile_set(*range(10, 12))}
    tiles = tiles_of_row(MIXED, kinds, ("images", "instances"), seed=1)
    assert tiles.counts == {"real": 6, "synthetic": 2}
    order = Order(8, seed=1, weights=tiles.data.weights["images"])
    shown = Counter(place.tile < 6 for place in order.places(0, 400))
    assert shown[True] == 100
    assert tiles.data.n_val == 0


def test_alone_all_tiles_are_shown_alike():
    assert drawn_as([5], 0.0) == {}


def test_a_row_is_trained_per_seed_and_tested_on_real_regions_alone(tmp_path: Path):
    output = tmp_path / "real_100.csv"
    kinds = {"real": tile_set(0, 1)}
    train_row(job(UtilityRow(1.0)), kinds, [held(3)], output, tmp_path / "state")
    row = read_row(output)
    assert row.counts.shape == (2, 1, 10, 3)
    assert row.images == ("held_out",)
    assert (row.counts[:, 0, 0, 0] + row.counts[:, 0, 0, 2] == 5).all()  # five discs
    assert (row.by_seed >= 0.8).all()
    assert [one["real"] for one in row.trainings] == [2, 2]
    assert all(one["cpu_seconds"] > 0 and one["steps"] == 40 for one in row.trainings)
    assert not (tmp_path / "state").exists()


def test_an_interrupted_row_goes_on_with_the_seed_that_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    begun, train = [], trained_rows.train

    def interrupted(*arguments, **named):
        begun.append(named["seed"])
        if len(begun) == 2:
            raise TrainingInterrupted(1)
        train(*arguments, **named)

    monkeypatch.setattr(trained_rows, "train", interrupted)
    few, kinds = job(UtilityRow(0, "synthetic"), steps=2), {"synthetic": tile_set(0, 1)}
    arguments = few, kinds, [held(3)], tmp_path / "row.csv", tmp_path / "state"
    with pytest.raises(TrainingInterrupted):
        train_row(*arguments)
    train_row(*arguments)
    first, second = begun[:2]
    assert begun == [first, second, second]
    again = tmp_path / "again.csv"
    train_row(few, kinds, [held(3)], again, tmp_path / "elsewhere")
    assert again.read_bytes() == (tmp_path / "row.csv").read_bytes()


def test_what_was_tested_is_not_taken_for_other_tiles(tmp_path: Path):
    few, state = job(UtilityRow(1.0), steps=2, seeds=1), tmp_path / "state"
    done = state / "1" / "tested.json"
    done.parent.mkdir(parents=True)
    done.write_text(json.dumps({"fingerprint": "another", "found": {"counts": [], "costs": {}}}))
    train_row(few, {"real": tile_set(0)}, [held(3)], tmp_path / "row.csv", state)
    assert len(read_row(tmp_path / "row.csv").trainings) == 1
