"""Mask R-CNN on the house's loop: trained from nothing on a few tiles, kept, used for a field."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from cytoforge.config.training import config_class
from cytoforge.images.image import ChannelRange, Image
from cytoforge.models.tasks.image_to_instances import TASK, f1
from cytoforge.segmentation.matching import match_instances
from cytoforge.segmentation.methods.trained.config import TrainedConfig
from cytoforge.segmentation.registry import segment
from cytoforge.training.data import TrainingData
from cytoforge.training.interrupt import TrainingInterrupted
from cytoforge.training.run import train
from tests.segmentation.test_learned_maps import discs
from tests.training.stopping import stopping_at

pytestmark = pytest.mark.slow
CODES = [{"code": 0, "name": "gap"}, {"code": 1, "name": "cell"}]


def field(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bright discs of 16 to 24 px on a dark ground, float32 (96, 96), and their labels."""
    random = np.random.default_rng(seed)
    places = [(row, col) for row in (20, 48, 76) for col in (20, 48, 76)]
    labels = discs(*((*place, int(random.integers(8, 13))) for place in places))
    pixels = 0.2 + 0.6 * (labels > 0) + random.normal(0, 0.03, labels.shape)
    return pixels.clip(0, 1).astype(np.float32), labels


def tiles(*seeds: int) -> dict[str, np.ndarray]:
    images, labels = (np.stack(planes) for planes in zip(*map(field, seeds), strict=True))
    codes = (labels > 0).astype(np.uint8)
    return {"images": images[:, None], "labels": codes, "instances": labels.astype(np.uint16)}


def data() -> TrainingData:
    info = {"codes": CODES, "channels": ["grey"], "tile_px": 96, "dtype": "uint8",
            "ranges": [[0.0, 255.0, "none"]], "pixel_size_um": None,
            "training_images": ["a", "b"]}  # fmt: skip
    return TrainingData(tiles(0, 1, 2, 3), tiles(4), 2, ((0, 0, 0), (255, 0, 0)), info)


def settings(**more):
    fixed = {
        "backbone": "resnet18", "channels": 16, "smallest_anchor_px": 10, "crop_px": 64,
        "boxes": 32, "detections": 40, "other_labs": False, "batch_size": 2,
        "learning_rate": 0.002, "beta1": 0.9, "weight_decay": 0, "ema_decay": 0, "cpu_threads": 1,
    }  # fmt: skip
    return config_class("mask_rcnn")(**{**fixed, **more})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mask_rcnn")
    config = settings(steps=60, validate_every=20)
    train(data(), config, "mask_rcnn", folder / "boxes", folder / "state", seed=1, threads=1)
    return folder / "boxes"


def test_it_finds_the_objects_of_a_larger_field_that_it_has_not_seen(trained: Path):
    known = json.loads((trained / "model.json").read_text())
    assert known["best_score"] > 0.5
    assert known["decoding"] == {"least_score": 0.5, "least_mask": 0.5, "most_covered": 0.5}
    (pixels, labels), (right, others) = field(7), field(8)
    both = np.hstack([labels, np.where(others > 0, others + labels.max(), 0)])
    grey = (np.hstack([pixels, right]) * 255).astype(np.uint8)[None]
    image = Image("new", grey, ("grey",), (ChannelRange(0, 255, "none"),))
    found = segment(image, TrainedConfig(model=str(trained))).objects["cells"].array
    assert match_instances(both, found).f1 > 0.5


def test_an_interrupted_training_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = settings(steps=4, validate_every=2)

    def run(name: str) -> None:
        train(data(), config, "mask_rcnn", tmp_path / name, tmp_path / f"{name}_state", seed=1)

    run("whole")
    with monkeypatch.context() as patch:
        patch.setitem(TASK.scores, "f1", stopping_at(1, f1))
        with pytest.raises(TrainingInterrupted):
            run("parts")
    torch.manual_seed(9)
    run("parts")
    weights = [(tmp_path / n / "model.safetensors").read_bytes() for n in ("whole", "parts")]
    assert weights[0] == weights[1]
