"""The smallest tile of a config is trained on; a smaller one is refused before anything runs."""

import pytest
import torch

from cytoforge.compute.steps import Batch
from cytoforge.errors import UserError
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.pretrained.vgg_loss import VggLoss
from cytoforge.training.run import train

N_CODES = 3
LOCAL = {"generator": "local", "enhancer_blocks": 1, "select_by": "last"}
BATCH = {"norm": "batch"}
NO_VGG = {"lambda_vgg": 0, "discriminator_layers": 2}
JUDGE = {"supervision": "usis", "wavelet_discriminator_filters": 2}

# Settings, the smallest tile, and a smaller multiple on which a network is left with nothing.
CASES = [
    ("pix2pix", {"generator": "unet_16", "discriminator_layers": 3}, 32, 16),
    ("pix2pix", {"generator": "unet_16", "discriminator_layers": 3, "norm": "instance"}, 32, 16),
    ("pix2pix", {"generator": "unet_16", "discriminator_layers": 2}, 16, None),
    ("pix2pix", {"generator": "unet_16", "discriminator": "pixel"}, 16, None),
    ("pix2pix", {"generator": "unet_32", "discriminator_layers": 5}, 96, 64),
    ("pix2pix", {"generator": "resnet_6", "discriminator_layers": 3}, 24, 20),
    ("pix2pix", {"generator": "resnet_6", "discriminator": "pixel"}, 8, 4),
    ("pix2pixhd", {"downsamplings": 4}, 32, 16),
    ("pix2pixhd", {"downsamplings": 4, "feature_encoder": True, "encoder_filters": 4}, 32, 16),
    ("pix2pixhd", {"downsamplings": 1, "discriminator_scales": 3, **NO_VGG}, 8, 4),
    ("pix2pixhd", {"downsamplings": 1, "discriminator_scales": 4, **NO_VGG, **BATCH}, 16, 8),
    ("pix2pixhd", {"downsamplings": 4, **LOCAL}, 64, 32),
    ("pix2pixhd", {"downsamplings": 1, **NO_VGG, **LOCAL}, 8, 4),
    ("pix2pixhd", {"downsamplings": 1, **LOCAL}, 32, 16),
    ("pix2pixhd", {"downsamplings": 1, "discriminator_scales": 4, **NO_VGG, **LOCAL}, 32, 16),
    ("cyclegan", {"generator": "resnet_6", "discriminator_layers": 3}, 24, 20),
    ("cyclegan", {"generator": "resnet_6", "discriminator_layers": 1, "norm": "none"}, 8, 4),
    ("cyclegan", {"generator": "unet_16", "discriminator_layers": 3}, 32, 16),
    ("label_unet", {"widths": (4, 8, 8)}, 8, 4),
    ("cut", {"discriminator_layers": 2}, 12, 8),
    ("oasis", {"blocks": 4, "discriminator_blocks": 2}, 16, 8),
    ("oasis", {"blocks": 4, "spade_norm": "instance"}, 16, 8),
    ("oasis", {"blocks": 2, "discriminator_blocks": 5}, 32, None),
    ("oasis", {"blocks": 3, "generator": "wavelet", "discriminator_blocks": 2}, 8, None),
    ("oasis", {"blocks": 2, "wavelet_discriminator_stages": 2, **JUDGE}, 8, None),
]
IDS = [" ".join(map(str, (model, *settings.values()))) for model, settings, *_ in CASES]


def steps(config, model: str, side: int) -> None:
    """Take the first and the last step of a training, with a single tile each."""
    device, total = torch.device("cpu"), 10
    vgg = VggLoss("vgg16") if "vgg19" in config.pretrained else None
    setup = ModelSetup(config, N_CODES, 2, 5, device, total_steps=total, feature_loss=vgg)
    trained = build_model(model, setup)
    labels = torch.arange(side * side).view(1, side, side) % N_CODES
    maps = {"labels": labels.byte(), "instances": labels.int()}
    images = torch.rand(3, 1, 2, side, side) * 2 - 1
    names = ("images", "images_a", "images_b")
    batch = Batch({**maps, **dict(zip(names, images, strict=True))})
    for step in (0, total - 1):
        assert all(loss.isfinite() for loss in trained.step(batch, step).values())


@pytest.mark.parametrize(("model", "settings", "smallest", "too_small"), CASES, ids=IDS)
def test_the_smallest_tile_can_be_trained_on(
    tiny_settings, tiny_data, tmp_path, model, settings, smallest, too_small
):
    config = tiny_settings(model, batch_size=1, **settings)
    assert config.smallest_tile_px == smallest
    steps(config, model, smallest)
    if too_small is None:
        assert smallest == config.size_multiple
        return
    with pytest.raises((ValueError, RuntimeError)):
        steps(config, model, too_small)


def test_a_smaller_tile_is_refused_before_training(tiny_settings, tiny_data, tmp_path):
    config = tiny_settings("pix2pixhd", downsamplings=4)
    with pytest.raises(UserError, match=r"tile_px(.|\n)*at least 32 px(.|\n)*16 px"):
        train(tiny_data(side=16), config, "pix2pixhd", tmp_path / "m", tmp_path / "s", seed=1)
    assert not (tmp_path / "s").exists()
