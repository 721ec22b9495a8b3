"""Samples of one label map against each other, with a distance the eye can check."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.models import SynthesisConfig
from cytoforge.metrics import diversity_run
from cytoforge.metrics.diversity import (
    DETERMINISTIC,
    DiversityInputs,
    apart,
    diversity_table,
    pairwise_lpips,
)
from cytoforge.pretrained.weights import Missing
from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import DatasetInfo, TileSet
from tests.synthesis.models import write_model

PX = 4
CONFIG = MetricsConfig.model_validate({"diversity": {"patches": 4, "samples": 3}})
NO_VGG = Missing("no VGG16 weights", "run make weights")


class GreyDistance:
    """Stands in for LPIPS: the difference of the mean grey values."""

    def stages(self, unit: torch.Tensor, rgb: bool) -> list[torch.Tensor]:
        # As many directions as grey values: the length is 1 whatever `unit_length` does.
        angle = unit.mean((1, 2, 3)) * torch.pi / 2
        return [torch.stack([angle.cos(), angle.sin()], 1)[..., None, None]]

    def distance(self, a: list[torch.Tensor], b: list[torch.Tensor]) -> torch.Tensor:
        grey = [torch.atan2(x[0][:, 1], x[0][:, 0]).flatten() * 2 / torch.pi for x in (a, b)]
        return (grey[0] - grey[1]).abs()


def tile_set(places: list[tuple[str, int, int]], split: Any = "test", px: int = PX) -> TileSet:
    n = len(places)
    rows = [TileRow(f"t{k}", *place, split, place[0], 0.0, "") for k, place in enumerate(places)]
    info: DatasetInfo = {
        "planes": {},
        "tile_px": px,
        "channels": ["dna"],
        "dtype": "uint8",
        "codes": [],
        "ranges": {name: [[0, 255, "none"]] for name, _, _ in places},
        "pixel_size_um": {},
        "class_pixels": {},
        "placements": [],
    }
    greys = np.linspace(0, 255, n).astype(np.uint8)
    images = np.broadcast_to(greys[:, None, None, None], (n, 1, px, px))
    labels = np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None], (n, px, px))
    planes = {"images": images, "labels": labels, "instances": labels.astype(np.uint16)}
    return TileSet(planes, rows, info)


FOUR = tile_set([("a", 0, 0), ("a", 0, PX), ("b", 0, 0), ("b", 0, PX)])


def flat(grey: float) -> np.ndarray:
    return np.full((1, PX, PX), grey, np.float32)


def table(sample: Any, tiles: TileSet = FOUR) -> pd.DataFrame:
    nets: Any = {"alex": GreyDistance(), "vgg": NO_VGG}
    return diversity_table(DiversityInputs(sample, tiles, nets), CONFIG, seed=1)


def whole(found: pd.DataFrame, series: str, metric: str = "lpips_alex") -> pd.Series:
    rows = found[(found["series"] == series) & (found["metric"] == metric)]
    return rows[rows["image"] == "all"].iloc[0]


def test_every_pair_counts_once():
    unit = np.stack([flat(0.0), flat(0.5), flat(0.6)])
    found = pairwise_lpips(GreyDistance(), unit, rgb=False)  # type: ignore[arg-type]
    assert found.tolist() == pytest.approx([0.5, 0.6, 0.1], abs=1e-5)


def test_diversity_is_the_mean_distance_between_samples_of_one_map():
    drawn: list[tuple[int, int]] = []

    def sample(labels: np.ndarray, instances: np.ndarray, seed: int) -> np.ndarray:
        assert instances.dtype == np.int32 and (instances == labels).all()
        code = int(labels[0, 0])
        drawn.append((code, seed))
        number = sum(known == code for known, _ in drawn)  # 1, 2, 3
        spread = 0.1 if code < 2 else 0.3  # image b varies more
        return flat(0.1 + spread * number)

    found = table(sample)
    assert len(set(drawn)) == 4 * 3  # every sample of every map has a seed of its own
    row = whole(found, "generator")
    # Three samples a step apart: pairs at 1, 1 and 2 steps.
    assert row["value"] == pytest.approx((0.1 + 0.3) / 2 * 4 / 3, abs=1e-5)
    assert (row["low"], row["high"]) == pytest.approx((0.4 / 3, 1.2 / 3), abs=1e-5)
    assert row["interval"] == "range of 2 images"
    assert (row["pairs"], row["status"]) == (3, "ok")
    by_tile = found[(found["series"] == "generator") & (found["image"] == "b")]
    assert by_tile["value"].tolist() == pytest.approx([0.4, 0.4], abs=1e-5)


def test_real_tiles_of_different_places_are_the_measure():
    row = whole(table(lambda *_: flat(0.5)), "real_pairs")
    # Greys 0, 1/3, 2/3, 1: distances 1/3 three times, 2/3 twice, 1 once.
    assert (row["pairs"], row["value"]) == (6, pytest.approx(10 / 18, abs=1e-5))


def test_a_deterministic_generator_is_called_so():
    row = whole(table(lambda labels, *_: flat(labels[0, 0] / 9)), "generator")
    assert (row["value"], row["status"]) == (0, DETERMINISTIC)


def test_one_different_pixel_is_not_deterministic():
    samples = iter(range(100))

    def sample(*_: object) -> np.ndarray:
        image = flat(0.5)
        image[0, 0, 0] += 0.01 * next(samples)
        return image

    assert whole(table(sample), "generator")["status"] == "ok"


def test_a_distance_that_is_no_number_is_not_called_a_value():
    found = table(lambda _, __, seed: flat(float("nan") if seed % 2 else 0.5))
    row = whole(found, "generator")
    assert np.isnan(row["value"])
    assert row["status"].startswith("undefined")


def test_a_net_without_weights_says_so():
    found = table(lambda _, __, seed: flat(seed % 97 / 97))
    for series in ("generator", "real_pairs"):
        row = whole(found, series, "lpips_vgg")
        assert np.isnan(row["value"])
        assert row["status"] == str(NO_VGG)


def test_equal_samples_need_no_weights():
    assert whole(table(lambda *_: flat(0.5)), "generator", "lpips_vgg")["value"] == 0


def test_chosen_tiles_do_not_overlap_and_come_from_every_image():
    row = [("a", 0, col) for col in range(9)] + [("b", 0, 0)]
    tiles = tile_set(row)
    places = [(tiles.manifest[k].image, tiles.manifest[k].col) for k in apart(tiles, 8, seed=1)]
    assert ("b", 0) in places
    columns = [col for image, col in places if image == "a"]
    assert len(columns) >= 1 and all(b - a >= PX for a, b in pairwise(columns))
    assert [len(apart(FOUR, most, seed=1)) for most in (1, 3, 9)] == [1, 3, 4]


def test_tiles_of_validation_serve_where_there_are_no_test_tiles():
    assert len(apart(tile_set([("a", 0, 0), ("b", 0, 0)], "val"), 8, seed=1)) == 2


def test_without_tiles_there_is_nothing_to_sample():
    row = whole(
        table(lambda *_: flat(0.5), tile_set([("a", 0, 0)], "train")), "generator", "lpips_vgg"
    )
    assert row["status"].startswith("skipped: ")


UNET = {"generator": "unet_64", "generator_filters": 4}
OASIS = {"generator_filters": 4, "blocks": 3, "noise_channels": 4, "spade_filters": 4}


@pytest.mark.parametrize(
    ("model", "training", "synthesis", "differs"),
    [
        ("pix2pix", UNET, {}, False),
        ("pix2pix", UNET, {"dropout": "seeded"}, True),
        ("oasis", OASIS, {}, True),
    ],
)
def test_samples_of_a_model_differ_where_it_has_noise(
    model: str,
    training: dict,
    synthesis: dict,
    differs: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    folder = write_model(tmp_path / "model", model, training)
    tiles = tile_set([("a", 0, 0), ("b", 0, 0)], px=64)
    monkeypatch.setattr(diversity_run, "read_tiles", lambda _: tiles)
    monkeypatch.setattr(diversity_run, "load_lpips", lambda *_: GreyDistance())
    output = tmp_path / "diversity.csv"
    config = SynthesisConfig.model_validate(synthesis)
    diversity_run.measure_diversity(folder, tmp_path, config, CONFIG, 1, output, threads=1)
    # Untrained networks hardly use their dropout: by 1e-8, which is not nothing.
    row = whole(pd.read_csv(output), "generator")
    assert row["status"] == ("ok" if differs else DETERMINISTIC)
