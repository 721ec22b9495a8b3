"""Label maps of whole images by a network that was trained to make them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from cytoforge.config.models import SynthesisConfig
from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.models.pix2pix.config import Pix2PixConfig
from cytoforge.references.label_map_file import read_label_map
from cytoforge.synthesis.run import SetRequest, make_set
from cytoforge.synthesis.trained import load_trained
from cytoforge.training.data import TrainingData
from cytoforge.training.run import train

RANGES = (ChannelRange(0, 1000, "percentile"), ChannelRange(0, 1000, "percentile"))
PER_SIDE = 4


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A network that has learnt which of two channels is brighter."""
    return trained(tmp_path_factory.mktemp("labels"), "image_to_labels", steps=60)


def trained(folder: Path, task: str, steps: int) -> Path:
    labels = blocks(6, 64)
    images = np.stack([picture(label) for label in labels]).astype(np.float32) / 1000
    planes = {"images": images, "labels": labels, "instances": labels.astype(np.uint16)}
    data = TrainingData(
        train=planes,
        val={name: plane[:0] for name, plane in planes.items()},
        n_codes=2,
        colours=((0, 0, 0), (255, 255, 255)),
        info={
            "channels": ["dna", "actin"], "tile_px": 64, "dtype": "uint16",
            "ranges": [[0, 1000, "percentile"]] * 2, "pixel_size_um": 0.5,
            "training_images": ["field"],
            "codes": [
                {"code": k, "name": str(k), "region": "gap", "layer": None, "colour": [k, k, k]}
                for k in range(2)
            ],
        },
    )  # fmt: skip
    config = Pix2PixConfig(
        task=task, steps=steps, batch_size=2, learning_rate=3e-3, validate_every=steps,
        generator="unet_16", generator_filters=8, discriminator_filters=4,
        discriminator_layers=1, dropout=False,
    )  # fmt: skip
    train(data, config, "pix2pix", folder / "model", folder / "state", seed=1, threads=1)
    return folder / "model"


def blocks(count: int, side: int) -> np.ndarray:
    random = np.random.default_rng(0)
    codes = random.integers(0, 2, (count, side // 16, side // 16))
    return np.kron(codes, np.ones((16, 16))).astype(np.uint8)


def picture(labels: np.ndarray) -> np.ndarray:
    """The channel of a pixel's code is bright."""
    return np.stack([(labels == 0) * 900, (labels == 1) * 900]).astype(np.uint16)


def image_of(labels: np.ndarray, channels: tuple[str, ...] = ("dna", "actin")) -> Image:
    return Image("field", picture(labels), channels, RANGES, 0.5)


def test_tiles_give_codes(model):
    labels = blocks(9, 64)[6:]  # not seen in training
    images = np.stack([picture(label) for label in labels]).astype(np.float32) / 1000
    found = load_trained(model).sample({"images": images}).argmax(1)
    assert found.shape == labels.shape
    assert (found == labels).mean() > 0.95


def test_a_field_of_any_size_is_predicted(model):
    labels = blocks(1, 160)[0][:150, :99]
    found = load_trained(model).field(image_of(labels), config=SynthesisConfig(batch_size=3))
    assert (found.shape, found.dtype) == (labels.shape, np.uint8)
    assert (found == labels).mean() > 0.95


@pytest.mark.parametrize("overlap", [0, 0.25, 0.5])
def test_tiles_are_put_where_they_belong(model, overlap):
    # A network that hands on its input names the brighter channel, whatever the tile.
    trained = load_trained(model)
    trained = replace(trained, sampler=trained.sampler.with_generator(nn.Identity()))
    random = np.random.default_rng(1).integers(0, 1000, (2, 100, 150), dtype=np.uint16)
    field = replace(image_of(blocks(1, 64)[0]), pixels=random)
    found = trained.field(field, config=SynthesisConfig(overlap=overlap, batch_size=3))
    assert np.array_equal(found, random.argmax(axis=0))


def test_label_maps_are_written_beside_their_names(model, tmp_path):
    labels = blocks(1, 64)[0]
    write_image(tmp_path / "field.ome.tif", image_of(labels))
    request = SetRequest("e", images=[tmp_path / "field.ome.tif"])
    make_set(model, request, tmp_path / "out", SynthesisConfig(), seed=1, threads=1)
    written = read_label_map(tmp_path / "out/fields/field_labels.tif")
    assert (written == labels).mean() > 0.95


def test_other_channels_are_refused(model):
    other = image_of(blocks(1, 64)[0], ("actin", "dna"))
    with pytest.raises(UserError, match=r"channels dna, actin(.|\n)*actin, dna"):
        load_trained(model).field(other)


def test_a_label_map_is_no_image(model):
    with pytest.raises(UserError, match=r"image to label map: images(.|\n)*no images"):
        load_trained(model).field(np.zeros((64, 64), np.uint8))


def test_a_network_has_a_channel_per_code(model):
    network = load_trained(model).sampler
    layers = [x for x in network.modules() if isinstance(x, nn.Conv2d | nn.ConvTranspose2d)]
    assert (layers[0].in_channels, layers[-1].out_channels) == (2, 2)
