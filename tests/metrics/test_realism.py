"""The table of realism on made-up patches: every measure of every series, and known answers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from cytoforge.config.metrics import MetricsConfig
from cytoforge.images.image import ChannelRange, Image
from cytoforge.metrics.blurred import SIGMAS, Blurred
from cytoforge.metrics.cell_features import cell_features
from cytoforge.metrics.material import FEATURES, Material
from cytoforge.metrics.pairs import Patches
from cytoforge.metrics.pretrained_scores import NetworkScores
from cytoforge.metrics.realism_table import realism_table
from cytoforge.metrics.registry import measures
from cytoforge.pretrained.weights import Missing
from tests.segmentations import cells_and_gap

CONFIG = MetricsConfig()
SIDE, EACH, IMAGES = 32, 6, "abcd"
INCEPTION = {"inception": Missing("no Inception weights", "fetch them")}


def patches(seed: int, smooth: float = 0.5) -> Patches:
    random = np.random.default_rng(seed)
    unit = random.random((EACH * len(IMAGES), 1, SIDE, SIDE))
    names = np.repeat(list(IMAGES), EACH)
    ids = pd.DataFrame({"image": names, "row": np.arange(len(names)), "col": seed, "group": names})
    return Patches(ids, gaussian_filter(unit, (0, 0, smooth, smooth)).astype(np.float32))


def features(unit: np.ndarray) -> np.ndarray:
    """Ten numbers of a patch that a blur changes: sums of differences at growing distances."""
    steps = [np.abs(unit[..., k:] - unit[..., :-k]).mean((-3, -2, -1)) for k in range(1, 11)]
    return np.stack(steps, axis=1)


def distances(real: np.ndarray, made: np.ndarray) -> dict[str, np.ndarray]:
    difference = np.abs(real - made).mean((-3, -2, -1))
    return {"lpips_vgg": difference, "lpips_alex": 2 * difference}


def scored(real: np.ndarray, series: dict[str, np.ndarray]) -> NetworkScores:
    """What networks would give, from the features above."""
    return NetworkScores(
        {name: distances(real, unit) for name, unit in series.items()},
        {FEATURES: {name: features(unit) for name, unit in {"real": real, **series}.items()}},
    )


def ladder(unit: np.ndarray) -> Blurred:
    rows = np.arange(0, len(unit), 2)
    sharp = unit[rows]
    blurred = {str(sigma): gaussian_filter(sharp, (0, 0, sigma, sigma)) for sigma in SIGMAS}
    return Blurred(rows, scored(sharp, blurred))


def cells(seed: int, texture: float = 1.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    names = np.repeat(list(IMAGES), 40)
    return pd.DataFrame({
        "unit": names, "mean_dna": random.uniform(0.2, 0.6, len(names)),
        "sd_dna": 0.1, "gradient_dna": texture * random.uniform(0.1, 0.2, len(names)),
    })  # fmt: skip


REAL = patches(1)
BLURRED = Patches(REAL.ids, gaussian_filter(REAL.unit, (0, 0, 2, 2)))
SERIES = {"generator": BLURRED, "real_vs_real": patches(2), "same": REAL}
MATERIAL = Material(
    REAL,
    SERIES,
    scored(REAL.unit, {name: each.unit for name, each in SERIES.items()}),
    INCEPTION,
    ladder(REAL.unit),
    {"real": cells(1), "generator": cells(1, 0.5), "real_vs_real": cells(2), "same": cells(1)},
    seed=1,
)


def values(material: Material = MATERIAL) -> pd.DataFrame:
    table = realism_table(material, CONFIG)
    return table.set_index(["measure", "series"])


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return values()


def test_every_measure_has_a_value_of_every_series_or_says_why_not(table: pd.DataFrame):
    assert len(table) == len(measures()) * len(SERIES)
    assert table.index.is_unique
    has_value = table["value"].notna()
    assert (table.loc[has_value, "status"] == "ok").all()
    missing = table["status"][~has_value]
    far = "farther than real patches blurred by 8 px"  # as an unrelated place always is, by pixels
    assert set(missing) == {far, str(INCEPTION["inception"])}
    assert {series for _, series in missing.index[missing == far]} == {"real_vs_real"}
    assert table.loc[("blur_of_fid", "same"), "status"] == str(INCEPTION["inception"])


def test_a_set_against_itself_is_as_good_as_can_be(table: pd.DataFrame):
    same = table["value"].xs("same", level="series")
    assert same[["precision", "recall", "coverage"]].tolist() == [1, 1, 1]
    assert same[[f"power_{p}px" for p in (2, 4, 8, 16, 32)]].tolist() == pytest.approx([1] * 5)
    assert same["blur_of_lpips_vgg"] == 0
    assert same[["cell_intensity", "cell_texture_spread"]].tolist() == pytest.approx([1, 1])


def test_a_blur_of_two_px_is_read_back_as_two_by_every_distance(table: pd.DataFrame):
    blurred = table["value"].xs("generator", level="series")
    doses = blurred[["blur_of_lpips_vgg", "blur_of_lpips_alex", "blur_of_vgg16_frechet"]]
    assert doses.tolist() == pytest.approx([2, 2, 2], abs=1e-4)


def test_a_blurred_set_is_told_from_real_and_another_real_set_is_not(table: pd.DataFrame):
    value = table["value"]
    assert value["classifier_accuracy", "generator"] == 1
    assert value["classifier_accuracy", "real_vs_real"] == pytest.approx(0.5, abs=0.2)
    assert value["precision", "generator"] == 0
    assert value["precision", "real_vs_real"] > 0.7
    assert value["power_4px", "generator"] < 0.1
    assert value["power_4px", "real_vs_real"] == pytest.approx(1, abs=0.2)


def test_cells_of_half_the_texture_are_seen_under_the_same_masks(table: pd.DataFrame):
    value = table["value"]
    assert value["cell_texture", "generator"] == pytest.approx(0.5)
    assert value["cell_texture_spread", "generator"] == pytest.approx(0.5)
    assert value["cell_intensity", "generator"] == pytest.approx(1)
    assert value["cell_auc", "generator"] > 0.95
    assert value["cell_auc", "real_vs_real"] == pytest.approx(0.5, abs=0.1)


def test_farther_than_the_strongest_blur_has_no_dose():
    noise = np.random.default_rng(0).normal(0, 9, REAL.unit.shape).astype(np.float32)
    series = {"generator": Patches(REAL.ids, noise)}
    found = values(replace(MATERIAL, series=series, scores=scored(REAL.unit, {"generator": noise})))
    row = found.loc[("blur_of_lpips_vgg", "generator")]
    assert (np.isnan(row["value"]), row["status"]) == (
        True,
        "farther than real patches blurred by 8 px",
    )


def test_without_weights_what_needs_none_is_there():
    none = {name: Missing(f"no {name}", "fetch it") for name in ("vgg16", "alexnet", "inception")}
    found = values(replace(MATERIAL, skipped=none, scores=NetworkScores()))
    has_value = {name for name, _ in found.index[found["value"].notna()]}
    assert has_value == {m.name for m in measures() if m.weights is None}
    assert found.loc[("precision", "generator"), "status"] == "skipped: no vgg16. fetch it"


def test_one_image_cannot_be_left_out_and_says_so():
    ids = REAL.ids.assign(group="a")
    one = {name: Patches(ids, each.unit) for name, each in SERIES.items()}
    found = values(replace(MATERIAL, real=Patches(ids, REAL.unit), series=one))
    assert found.loc[("classifier_auc", "generator"), "status"] == (
        "skipped: leaving whole images out needs two images of each side"
    )


def test_without_objects_cells_are_skipped():
    found = values(replace(MATERIAL, cells={}))
    assert found.loc[("cell_auc", "generator"), "status"].startswith("skipped: no objects")


def test_features_of_a_cell_are_those_of_its_pixels():
    """Columns 0 to 4 dark, 5 to 9 a ramp of 10 grey levels per pixel; a speck is left out."""
    pixels = np.zeros((1, 8, 10), np.uint8)
    pixels[0, :, 5:] = 100 + 10 * np.arange(5)
    labels = np.zeros((8, 10), np.int32)
    labels[2:6, 6:9] = 1
    labels[:, 5:] = np.where(labels[:, 5:] == 1, 1, 4)
    labels[0, 0] = 7
    image = Image("any", pixels, ("dna",), (ChannelRange(0, 255, "none"),), 1.0)
    none = np.zeros(labels.shape, bool)
    found = cell_features(image, cells_and_gap(labels, labels, none), "a")
    assert found["unit"].tolist() == ["a"]  # the cell of 12 px is too small, as is the speck
    large = pixels[0][labels == 4] / 255
    assert found["mean_dna"].tolist() == pytest.approx([large.mean()])
    assert found["sd_dna"].tolist() == pytest.approx([large.std()])


def test_a_ramp_has_its_slope_as_gradient():
    pixels = np.tile(10 * np.arange(20), (20, 1))[None].astype(np.uint8)
    labels = np.zeros((20, 20), np.int32)
    labels[5:15, 5:15] = 3
    image = Image("any", pixels, ("dna",), (ChannelRange(0, 255, "none"),), 1.0)
    found = cell_features(image, cells_and_gap(labels, labels, labels < 0), "a")
    assert found["gradient_dna"].tolist() == pytest.approx([10 / 255])
