"""The tables of pairs and sets on made-up patches."""

import numpy as np
import pandas as pd
import pytest
import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.intervals import NO_BOUNDS, Bounds
from cytoforge.metrics.pairs import Patches, outlier_table, pair_table, summary_table
from cytoforge.metrics.pretrained_scores import NetworkScores
from cytoforge.metrics.registry import PAIR_METRICS, SET_METRICS, SOURCES
from cytoforge.metrics.set_metrics import frechet, kernel
from cytoforge.metrics.set_metrics.kernel import kernel_distance
from cytoforge.metrics.sets import (
    set_bounds,
    set_table,
)
from cytoforge.pretrained.set_frechet import frechet_distance
from cytoforge.pretrained.weights import Missing

CONFIG = MetricsConfig()
MISSING = {name: Missing(f"no {name}", "fetch it") for name in ("alexnet", "vgg16", "inception")}


def patches(seed: int, images: str = "aabbcc", side: int = 40) -> Patches:
    random = np.random.default_rng(seed)
    ids = pd.DataFrame({"image": list(images), "row": range(len(images)), "col": 0})
    ids["group"] = ids["image"]
    return Patches(ids, random.random((len(images), 2, side, side), np.float32))


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    real = patches(0)
    series = {"generator": patches(1), "class_means": Patches(real.ids, real.unit.copy())}
    return pair_table(real, series, NetworkScores(), CONFIG)


def test_every_metric_has_a_column_and_every_source_its_metrics(pairs: pd.DataFrame):
    weightless = [metric.name for metric in PAIR_METRICS if metric.weights is None]
    assert pairs[weightless].notna().all(axis=None)
    x = torch.rand(1, 1, 32, 32)
    assert {name for source in SOURCES for name in source(x, x)} == set(weightless)


def test_a_row_a_series_and_patch_with_ids_of_both_sides(pairs: pd.DataFrame):
    assert len(pairs) == 12
    ids = ["image", "row", "col", "group"]
    assert pairs.columns[:9].tolist() == ["series", *ids, *(f"with_{name}" for name in ids)]


def test_a_row_says_how_much_the_real_patch_varies():
    stripes = np.zeros((1, 2, 40, 40), np.float32)
    stripes[0, 0, ::2] = 0.8  # half 0, half 0.8: an SD of 0.4; the other channel is flat
    real = Patches(patches(0, "a").ids, stripes)
    table = pair_table(real, {"generator": patches(1, "a")}, NetworkScores(), CONFIG)
    assert table["real_sd"].tolist() == pytest.approx([0.2])


def test_identical_patches_get_the_capped_psnr_and_are_counted(pairs: pd.DataFrame):
    same = pairs[pairs["series"] == "class_means"]
    assert (same["psnr"] == CONFIG.psnr_cap_db).all()
    summary = summary_table(pairs, MISSING, CONFIG).set_index(["series", "metric"])
    assert summary.loc[("class_means", "psnr"), "n_capped"] == 6
    assert summary.loc[("generator", "psnr"), "n_capped"] == 0


def test_metrics_without_weights_are_skipped_with_a_reason(pairs: pd.DataFrame):
    summary = summary_table(pairs, MISSING, CONFIG).set_index(["series", "metric"])
    row = summary.loc[("generator", "lpips_vgg")]
    assert row["status"] == "skipped: no vgg16. fetch it"
    assert row["n"] == 0
    assert np.isnan(row["mean"])
    assert summary.loc[("generator", "ssim"), "status"] == "ok"


def test_one_spoilt_patch_is_found_by_its_id():
    real = patches(0, "aaaabbbbcccc")
    spoilt = real.unit * (0.9 + 0.1 * np.random.default_rng(1).random(real.unit.shape, np.float32))
    spoilt[5] = 0.5
    table = pair_table(real, {"generator": Patches(real.ids, spoilt)}, NetworkScores(), CONFIG)
    found = outlier_table(table, CONFIG)
    assert found[found["metric"] == "mse"][["image", "row", "worse"]].values.tolist() == [
        ["b", 5, True]
    ]


def test_patches_and_ids_must_agree():
    with pytest.raises(ValueError, match="2 ids for 3"):
        Patches(pd.DataFrame({"image": ["a", "b"]}), np.zeros((3, 1, 8, 8), np.float32))


def test_set_values_are_those_of_the_distances_and_repeats_count_once():
    random = np.random.default_rng(0)
    real, floor = patches(0), patches(1, "ddeeff")
    floor = Patches(floor.ids.iloc[[0, 1, 2, 3, 0, 1]].reset_index(drop=True), floor.unit)
    features = {
        "vgg16": {"real": random.normal(size=(6, 9)), "real_vs_real": random.normal(size=(6, 9))}
    }
    missing = {"inception": MISSING["inception"]}
    table = set_table(features, real, {"real_vs_real": floor}, missing, CONFIG, seed=1)
    rows = table.set_index("metric")
    a, b = features["vgg16"]["real"], features["vgg16"]["real_vs_real"][:4]
    assert rows.loc["vgg16_frechet", "value"] == pytest.approx(frechet_distance(a, b))
    assert rows.loc["vgg16_kernel", "value"] == pytest.approx(kernel_distance(a, b))
    assert rows.loc["vgg16_frechet", ["n_real", "n"]].tolist() == [6, 4]
    assert rows.loc["fid", "status"] == "skipped: no inception. fetch it"
    assert rows.index.tolist() == [metric.name for metric in SET_METRICS]


def test_the_resampled_forms_are_the_same_distances():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(9, 20)) + 3, random.normal(size=(7, 20))
    products = a @ a.T, b @ b.T, a @ b.T
    assert frechet.of_products(*products) == pytest.approx(frechet_distance(a, b))
    assert kernel.of_products(20)(*products) == pytest.approx(kernel_distance(a, b))


def frechet_bounds(a: np.ndarray, b: np.ndarray, images: np.ndarray) -> tuple[float, Bounds]:
    """The Fréchet distance of rows that show the same images, and its interval."""
    value = frechet_distance(a, b)
    both = images, images
    return value, set_bounds(a, b, both, frechet.of_products, value, 0.95, "image")


def test_a_distance_of_sets_has_an_interval_from_ten_images_on():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(30, 8)), 0.5 + random.normal(size=(30, 8))
    ten = np.repeat(list("abcdefghij"), 3)
    value, found = frechet_bounds(a, b, ten)
    assert found.low is not None and found.high is not None
    assert found.low < value < found.high
    assert found.interval == "95 % t interval of 10 images"
    nine = np.where(ten == "j", "i", ten)
    assert frechet_bounds(a, b, nine)[1] == NO_BOUNDS


def test_the_interval_of_a_distance_covers_what_such_sets_have_on_average():
    # Ten images of three patches, images as different as patches; the distance of sets of this
    # size, which is larger than that of large sets.
    random = np.random.default_rng(0)
    images = np.repeat(np.arange(10), 3)

    def drawn(shift: float) -> np.ndarray:
        return shift + random.normal(size=(10, 3)).repeat(3, 0) + random.normal(size=(30, 3))

    found = [frechet_bounds(drawn(0), drawn(2), images.astype(str)) for _ in range(300)]
    mean = np.mean([value for value, _ in found])
    assert np.mean([b.low <= mean <= b.high for _, b in found]) >= 0.92  # type: ignore[operator]
