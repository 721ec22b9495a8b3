"""Copies of training tiles are caught, real held-out patches are not."""

import numpy as np
import pandas as pd
import pytest

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.memorisation import (
    memorisation_table,
    memorisation_verdict,
    nearest_in_any_symmetry,
    pieces,
    pieces_ids,
)
from cytoforge.metrics.pairs import Patches
from cytoforge.pretrained.weights import Missing
from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import DatasetInfo, TileSet

PX = 8
CONFIG = MetricsConfig()


def raw(unit: np.ndarray) -> np.ndarray:
    """The pixels themselves as features."""
    return unit.reshape(len(unit), -1).astype(np.float64)


def noise(n: int, name: str, side: int = PX) -> np.ndarray:
    """Patches of independent noise, uint8 (n, 1, side, side)."""
    random = np.random.default_rng(list(name.encode()))
    return random.integers(0, 256, (n, 1, side, side)).astype(np.uint8)


def data_set(train: np.ndarray) -> TileSet:
    side = train.shape[-1]
    rows = [TileRow(f"t{k}", "a", 0, k * side, "train", "a", 0.0, "") for k in range(len(train))]
    info: DatasetInfo = {
        "planes": {},
        "tile_px": side,
        "channels": ["dna"],
        "dtype": "uint8",
        "codes": [],
        "ranges": {"a": [[0, 255, "none"]]},
        "pixel_size_um": {"a": None},
        "class_pixels": {},
        "placements": [],
    }
    labels = np.zeros(train[:, 0].shape, np.uint8)
    planes = {"images": train, "labels": labels, "instances": labels.astype(np.uint16)}
    return TileSet(planes, rows, info)


def patches(pixels: np.ndarray) -> Patches:
    ids = pd.DataFrame({"image": "b", "row": 0, "col": PX * np.arange(len(pixels))})
    return Patches(ids, (pixels / 255).astype(np.float32))


TRAIN = noise(60, "train")
HELD_OUT = patches(noise(40, "held out"))


def table(made: np.ndarray, config: MetricsConfig = CONFIG) -> pd.DataFrame:
    sides = {"generator": patches(made), "real": HELD_OUT}
    return memorisation_table(sides, data_set(TRAIN), raw, config, seed=1)


def test_a_generator_that_returns_training_tiles_is_caught():
    found = table(TRAIN[:40])
    made = found[found["series"] == "generator"]
    assert made["distance"].tolist() == pytest.approx([0] * 40, abs=1e-6)
    assert made["train_col"].tolist() == [PX * k for k in range(40)]
    verdict = memorisation_verdict(found)
    assert verdict.passed is False
    assert verdict.text.startswith("40 of 40 synthetic patches")


def test_so_is_one_that_turns_and_flips_them():
    found = table(np.rot90(TRAIN[:40], 1, (-2, -1))[..., ::-1])
    made = found[found["series"] == "generator"]
    assert made["distance"].max() < 1e-6
    assert set(made["symmetry"]) == {"90°, flipped"}
    assert memorisation_verdict(found).passed is False


def test_one_that_makes_new_patches_is_not():
    verdict = memorisation_verdict(table(noise(40, "new")))
    assert verdict.passed is True


def test_real_held_out_patches_are_their_own_measure():
    found = table((HELD_OUT.unit * 255).round().astype(np.uint8))
    assert memorisation_verdict(found).text.startswith("2 of 40")  # the nearest 5 % of 40


def test_only_so_many_training_patches_are_searched():
    found = table(TRAIN[:40], MetricsConfig(memorisation_patches=15))
    made = found[found["series"] == "generator"]
    assert (made["distance"] < 1e-6).sum() == made["train_col"][made["distance"] < 1e-6].nunique()
    assert 0 < (made["distance"] < 1e-6).sum() <= 15


def test_larger_tiles_are_cut_to_the_size_of_the_patches():
    large = noise(4, "large", 2 * PX)
    corner = large[:, :, PX:, :PX]
    sides = {"generator": patches(corner), "real": patches(corner)}
    found = memorisation_table(sides, data_set(large), raw, CONFIG, seed=1)
    assert found["distance"].max() < 1e-6
    assert set(found["train_row"]) == {PX}


def test_pieces_and_their_places_go_row_by_row():
    patch = np.arange(16).reshape(1, 1, 4, 4)
    assert pieces(patch, 2)[:, 0].tolist() == [
        [[0, 1], [4, 5]],
        [[2, 3], [6, 7]],
        [[8, 9], [12, 13]],
        [[10, 11], [14, 15]],
    ]
    ids = pieces_ids(pd.DataFrame({"image": ["a"], "row": [100], "col": [7]}), 4, 2)
    assert ids[["row", "col"]].values.tolist() == [[100, 7], [100, 9], [102, 7], [102, 9]]


def test_the_nearest_of_all_symmetries_counts():
    patch = np.array([[1.0, 0], [0, 0]], np.float32)[None, None]
    corner_below = np.array([[0.0, 0, 1, 0]])
    found = nearest_in_any_symmetry(patch, corner_below, raw)
    assert found.distance.tolist() == [0]
    assert found.symmetry.tolist() == ["90°"]


def test_without_weights_it_says_so():
    missing = Missing("no VGG16 weights", "run make weights")
    found = memorisation_table({"generator": HELD_OUT}, data_set(TRAIN), missing, CONFIG, seed=1)
    verdict = memorisation_verdict(found)
    assert (verdict.passed, verdict.text) == (None, str(missing))


def test_too_few_patches_are_not_judged():
    few = Patches(HELD_OUT.ids[:5], HELD_OUT.unit[:5])
    found = memorisation_table({"generator": few, "real": few}, data_set(TRAIN), raw, CONFIG, 1)
    assert memorisation_verdict(found).passed is None
