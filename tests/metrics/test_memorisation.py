"""Copies of training tiles are caught, also in a style of their own; new patches are not."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.memorisation import memorisation_table, memorisation_verdict, near_training
from cytoforge.metrics.pairs import Patches
from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import DatasetInfo, TileSet

PX = 32
CONFIG = MetricsConfig()


def clouds(n: int, name: str, side: int = PX) -> np.ndarray:
    """Patches of smooth random structure, uint8 (n, 1, side, side)."""
    random = np.random.default_rng(list(name.encode()))
    smooth = gaussian_filter(random.normal(size=(n, 1, side, side)), (0, 0, 3, 3), mode="wrap")
    return np.clip(128 + 400 * smooth, 0, 255).astype(np.uint8)


def data_set(train: np.ndarray, val: np.ndarray, image: str = "a") -> TileSet:
    side = train.shape[-1]
    tiles = np.concatenate([train, val])
    rows = [
        TileRow(f"t{k}", image, 0, k * side, "train" if k < len(train) else "val", image, 0.0, "")
        for k in range(len(tiles))
    ]
    info: DatasetInfo = {
        "planes": {},
        "tile_px": side,
        "channels": ["dna"],
        "dtype": "uint8",
        "codes": [],
        "ranges": {image: [[0, 255, "none"]]},
        "pixel_size_um": {image: None},
        "class_pixels": {},
        "placements": [],
    }
    labels = np.zeros(tiles[:, 0].shape, np.uint8)
    planes = {"images": tiles, "labels": labels, "instances": labels.astype(np.uint16)}
    return TileSet(planes, rows, info)


def patches(pixels: np.ndarray, image: str = "a") -> Patches:
    """Test patches, far below the tiles in the same image."""
    ids = pd.DataFrame({"image": image, "row": 1000, "col": PX * np.arange(len(pixels))})
    return Patches(ids, (pixels / 255).astype(np.float32))


TRAIN, VAL = clouds(60, "train"), clouds(20, "val")
HELD_OUT = clouds(40, "held out")


def table(made: np.ndarray, config: MetricsConfig = CONFIG) -> pd.DataFrame:
    sides = {"generator": patches(made), "real": patches(HELD_OUT)}
    return memorisation_table(sides, data_set(TRAIN, VAL), config, seed=1)


def in_a_style(pixels: np.ndarray) -> np.ndarray:
    """Blurred, paler and darker, with 3 % noise: what is where stays."""
    random = np.random.default_rng(5)
    blurred = gaussian_filter(pixels.astype(float), (0, 0, 2, 2))
    return np.clip(0.6 * blurred + 20 + random.normal(0, 8, pixels.shape), 0, 255).astype(np.uint8)


def test_a_generator_that_returns_training_tiles_is_caught():
    found = table(TRAIN[:40])
    made = found[found["series"] == "generator"]
    assert made["correlation"].tolist() == pytest.approx([1] * 40)
    assert made["train_col"].tolist() == [PX * k for k in range(40)]
    assert made["held_out_correlation"].max() < 0.9
    assert memorisation_verdict(found).passed is False


def test_so_is_one_that_turns_and_flips_them():
    found = table(np.rot90(TRAIN[:40], 1, (-2, -1))[..., ::-1])
    made = found[found["series"] == "generator"]
    assert made["correlation"].min() > 0.999
    assert set(made["symmetry"]) == {"90°, flipped"}
    assert memorisation_verdict(found).passed is False


def test_noise_of_three_percent_hides_no_copy():
    random = np.random.default_rng(2)
    noisy = np.clip(TRAIN[:40] + random.normal(0, 0.03 * 255, TRAIN[:40].shape), 0, 255)
    verdict = memorisation_verdict(table(noisy.astype(np.uint8)))
    assert verdict.passed is False
    assert verdict.text.startswith("40 of 40 synthetic patches")


def test_nor_does_a_style_of_its_own():
    assert memorisation_verdict(table(in_a_style(TRAIN[:40]))).passed is False


def test_one_copy_in_four_is_enough():
    some = np.concatenate([in_a_style(TRAIN[:10]), in_a_style(clouds(30, "new"))])
    assert memorisation_verdict(table(some)).passed is False


def test_a_faithful_generator_in_the_same_style_is_free_and_copies_would_be_noticed():
    verdict = memorisation_verdict(table(in_a_style(HELD_OUT)))
    assert verdict.passed is True
    assert verdict.text.endswith("so are 40 of 40 planted copies")


def test_where_planted_copies_are_not_noticed_it_cannot_be_answered():
    """What this generator makes has nothing to do with its maps: neither would its copies have."""
    found = table(np.random.default_rng(3).integers(0, 256, HELD_OUT.shape).astype(np.uint8))
    assert memorisation_verdict(found).passed is not None  # fine noise averages out
    coarse = np.clip(8.0 * clouds(40, "unrelated") - 900, 0, 255).astype(np.uint8)
    verdict = memorisation_verdict(table(coarse))
    assert verdict.passed is None
    assert verdict.text.startswith("cannot be answered: only")


def test_the_nearest_twentieth_of_real_patches_is_chance():
    found = table(HELD_OUT)
    assert near_training(found)[found["series"] == "real"].sum() == 2  # of 40


def test_only_so_many_training_patches_are_searched():
    found = table(TRAIN[:40], MetricsConfig(memorisation_patches=15))
    exact = found[(found["series"] == "generator") & (found["correlation"] > 0.9999)]
    assert 0 < len(exact) <= 15


def test_larger_tiles_are_cut_to_the_size_of_the_patches():
    large, other = clouds(6, "large", 2 * PX), clouds(2, "other", 2 * PX)
    corner = large[:, :, PX:, :PX]
    sides = {"generator": patches(corner), "real": patches(HELD_OUT[:6])}
    found = memorisation_table(sides, data_set(large, other), CONFIG, seed=1)
    made = found[found["series"] == "generator"]
    assert made["correlation"].min() > 0.9999
    assert set(made["train_row"]) == {PX}


def test_an_image_is_not_held_against_its_own_other_patches_alone():
    """Test patches of image b resemble one another, training has only a: nothing to compare."""
    sides = {"generator": patches(HELD_OUT, "b"), "real": patches(HELD_OUT, "b")}
    found = memorisation_table(sides, data_set(TRAIN, VAL[:0]), CONFIG, seed=1)
    verdict = memorisation_verdict(found)
    assert (verdict.passed, verdict.text) == (
        None,
        "cannot be answered: no held-out image to compare with",
    )


def test_too_few_patches_are_not_judged():
    few = patches(HELD_OUT[:5])
    found = memorisation_table({"generator": few, "real": few}, data_set(TRAIN, VAL), CONFIG, 1)
    assert memorisation_verdict(found).passed is None
