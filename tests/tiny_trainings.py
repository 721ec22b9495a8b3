"""A training that takes a second: 128 px tiles whose image is a picture of their labels.

What trains is imported where it is used: every process of pytest reads this file, and those that
run no test, or a cluster's, would wait seconds for torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from cytoforge.config.training import TrainingConfig
    from cytoforge.models.pix2pix.config import Pix2PixConfig
    from cytoforge.training.data import TrainingData

N_CODES = 3


@pytest.fixture
def tiny_config() -> Callable[..., Pix2PixConfig]:
    """A config of the smallest networks; keywords overrule."""
    from cytoforge.models.pix2pix.config import Pix2PixConfig

    def make(**overrules: object) -> Pix2PixConfig:
        values = {
            "steps": 6,
            "batch_size": 2,
            "generator": "unet_128",
            "generator_filters": 4,
            "discriminator_filters": 4,
            "discriminator_layers": 1,
            "validate_every": 2,
            "ema_decay": 0.5,
            "augment": "flip_rotate",
            "jitter_px": 4,
        }
        return Pix2PixConfig(**{**values, **overrules})

    return make


# The smallest networks of each model, for 128 px tiles.
SMALLEST = {
    "pix2pix": {
        "generator": "unet_128",
        "generator_filters": 4,
        "discriminator_filters": 4,
        "discriminator_layers": 1,
    },
    "pix2pixhd": {
        "generator_filters": 4,
        "downsamplings": 2,
        "blocks": 1,
        "discriminator_filters": 4,
        "discriminator_layers": 1,
    },
    "oasis": {
        "generator_filters": 2,
        "blocks": 4,
        "noise_channels": 4,
        "spade_filters": 4,
        "discriminator_filters": 4,
        "discriminator_blocks": 3,
    },
    "label_unet": {"widths": (4, 8)},
    "cyclegan": {
        "generator": "resnet_6",
        "generator_filters": 4,
        "discriminator_filters": 4,
        "discriminator_layers": 1,
        "pool_size": 0,
    },
    "cut": {
        "generator": "resnet_6",
        "generator_filters": 4,
        "discriminator_filters": 4,
        "discriminator_layers": 1,
        "head_filters": 8,
        "nce_patches": 16,
    },
    "stylegan2": {
        "stddev_group": 2,
        "latent_channels": 4,
        "mapping_layers": 1,
        "channel_base": 64,
        "channel_max": 4,
        "size_px": 16,
    },
    "mask_rcnn": {"backbone": "resnet18", "channels": 8},
    "hovernet": {"width": 8, "blocks": (1, 1, 1, 1), "dense": (1, 1), "sees": "channels"},
}


for name in ("stylegan3_t", "stylegan3_r"):
    SMALLEST[name] = SMALLEST["stylegan2"]


@pytest.fixture
def tiny_settings() -> Callable[..., TrainingConfig]:
    """The smallest config of any model by its name; keywords overrule."""
    from cytoforge.config.training import config_class

    def make(model: str, **overrules: object) -> TrainingConfig:
        values = {"steps": 6, "batch_size": 2, "validate_every": 2, "cpu_threads": 1}
        return config_class(model)(**{**values, **SMALLEST[model], **overrules})

    return make


@pytest.fixture
def tiny_data() -> Callable[..., TrainingData]:
    """Tiles of blocks of codes; the first channel is bright where the code is 2."""
    from cytoforge.training.data import TrainingData

    def make(train: int = 5, val: int = 2, channels: int = 2, side: int = 128) -> TrainingData:
        random = np.random.default_rng(0)
        blocks = random.integers(0, N_CODES, (train + val, side // 16, side // 16))
        labels = np.kron(blocks, np.ones((16, 16))).astype(np.uint8)
        numbers = np.arange(1, blocks[0].size + 1).reshape(blocks[0].shape)
        cells = np.kron(numbers * (blocks > 0), np.ones((16, 16))).astype(np.uint16)
        images = random.random((train + val, channels, side, side), np.float32) * 0.1
        images[:, 0] += (labels == 2) * 0.8
        planes = {"images": images, "labels": labels, "instances": cells}
        return TrainingData(
            train={name: plane[:train] for name, plane in planes.items()},
            val={name: plane[train:] for name, plane in planes.items()},
            n_codes=N_CODES,
            colours=((0, 0, 0), (90, 90, 90), (0, 0, 255)),
            info={
                "codes": [{"code": k, "name": f"level {k}"} for k in range(N_CODES)],
                "channels": ["dna", "actin", "ph3"][:channels],
                "tile_px": side,
                "dtype": "uint16",
                "ranges": [[0, 4000, "percentile"]] * channels,
                "pixel_size_um": 0.5,
                "training_images": ["a", "b"],
            },
        )

    return make


@pytest.fixture
def plain_convolutions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch's convolutions throughout, as the textbook has them.

    Ours round otherwise (by less: tests/networks/test_convolution.py), and where a norm divides by
    the spread of a nearly constant map, any rounding is magnified 300 times.
    """
    from cytoforge.compute import convolution

    monkeypatch.setattr(convolution, "MOST_ROWS", 0)
    monkeypatch.setattr(convolution, "MOST_PRODUCTS", 0)
