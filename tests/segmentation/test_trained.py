"""A model that the house's loop has trained on instances, and segmentations by it."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.training import config_class
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.segmentation.matching import match_instances
from cytoforge.segmentation.methods.trained.config import TrainedConfig
from cytoforge.segmentation.registry import segment
from cytoforge.training.data import TrainingData
from cytoforge.training.run import train
from tests.segmentation.test_learned_maps import discs
from tests.synthesis.models import write_model

CODES = [{"code": 0, "name": "gap"}, {"code": 1, "name": "cell"}]
RANGE = ChannelRange(0, 200, "percentile")


def field(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bright discs, float32 (96, 96) in [0, 1], and their labels."""
    random = np.random.default_rng(seed)
    labels = discs((20, 20, 9), (24, 70, 12), (70, 30, 11), (66, 74, 8), (45, 48, 9))
    pixels = 0.4 + 0.3 * (labels > 0) + random.normal(0, 0.05, labels.shape)
    return pixels.clip(0, 1).astype(np.float32), labels


def tiles(*seeds: int) -> dict[str, np.ndarray]:
    images, labels = (np.stack(planes) for planes in zip(*map(field, seeds), strict=True))
    instances = labels.astype(np.uint16)
    codes = (labels > 0).astype(np.uint8)
    return {"images": images[:, None], "labels": codes, "instances": instances}


def data() -> TrainingData:
    info = {"codes": CODES, "channels": ["grey"], "tile_px": 96, "dtype": "uint8",
            "ranges": [[0.0, 200.0, "percentile"]], "pixel_size_um": None,
            "training_images": ["a", "b"]}  # fmt: skip
    return TrainingData(tiles(0, 1), tiles(2), 2, ((0, 0, 0), (255, 0, 0)), info)


def settings(**more):
    fixed = {"widths": (8, 16, 32), "batch_size": 6, "cpu_threads": 1, "ema_decay": 0.8}
    return config_class("unet")(**fixed, **more)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    quick = {"steps": 60, "validate_every": 30, "learning_rate": 0.01}
    config = settings(crop_px=64, other_labs=False, **quick)
    train(data(), config, "unet", folder / "unet", folder / "state", seed=1, threads=1)
    return folder / "unet"


def image(seed: int, *channels: str) -> Image:
    pixels = np.stack([field(seed)[0] * 200] * len(channels))
    return Image("new", pixels.astype(np.uint8), channels, (RANGE,) * len(channels))


def test_the_checkpoint_with_the_highest_f1_is_kept(trained: Path):
    rows = [row for row in csv.DictReader((trained / "history.csv").open()) if row["val_f1"]]
    known = json.loads((trained / "model.json").read_text())
    assert len(rows) == 2
    assert known["best_score"] == max(float(row["val_f1"]) for row in rows)
    assert set(rows[0]) >= {"loss", "val_f1", "val_ap"}


def test_it_finds_the_objects_of_a_field_that_it_has_not_seen(trained: Path):
    config = TrainedConfig(model=str(trained))
    found = segment(image(3, "grey"), config)
    assert match_instances(field(3)[1], found["cells"]).f1 >= 0.8
    assert found.method.startswith("trained, model unet ")
    assert set(found.objects) == {"cells"}


def test_a_mirrored_field_has_the_mirrored_objects_where_flips_are_averaged(trained: Path):
    config = TrainedConfig(model=str(trained), flips=8)
    whole = image(3, "grey")
    mirrored = replace(whole, pixels=np.ascontiguousarray(whole.pixels[:, ::-1].swapaxes(1, 2)))
    found, other = (segment(one, config)["cells"] for one in (whole, mirrored))
    assert match_instances(field(3)[1], found).f1 >= 0.8
    assert ((other.T[::-1] > 0) == (found > 0)).mean() > 0.9995


def test_nuclei_are_found_where_it_has_learnt_nuclei(trained: Path):
    found = segment(image(3, "grey"), TrainedConfig(model=str(trained), finds="nuclei"))
    assert set(found.objects) == {"nuclei"}


def test_channels_are_those_of_training(trained: Path):
    with pytest.raises(UserError, match="expected: channels grey"):
        segment(image(3, "dna", "actin"), TrainedConfig(model=str(trained)))


def test_a_model_that_makes_images_finds_nothing(tmp_path: Path):
    settings = {"generator": "unet_16", "generator_filters": 4}
    folder = write_model(tmp_path / "model", "pix2pix", settings)
    with pytest.raises(UserError, match="image_to_instances") as refused:
        segment(image(3, "actin"), TrainedConfig(model=str(folder)))
    assert "labels_to_image" in refused.value.found


def test_a_folder_without_a_model_is_named(tmp_path: Path):
    with pytest.raises(UserError, match="train the model first"):
        segment(image(3, "grey"), TrainedConfig(model=str(tmp_path)))
