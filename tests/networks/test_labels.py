import torch

from cytoforge.models.pix2pix.config import Pix2PixConfig
from cytoforge.models.pix2pix.networks import build_discriminator, build_sampler
from cytoforge.networks.labels import encode_labels

LABELS = torch.tensor([[[0, 1], [2, 0]]], dtype=torch.uint8)


def test_one_hot_has_a_channel_a_code():
    assert encode_labels(LABELS, 3).tolist() == [
        [
            [[1, 0], [0, 1]],
            [[0, 1], [0, 0]],
            [[0, 0], [1, 0]],
        ]
    ]


def test_grey_spreads_codes_over_the_range():
    assert encode_labels(LABELS, 3, "grey").tolist() == [[[[-1, 0], [1, -1]]]]


def test_networks_take_what_the_encoding_gives():
    for label_input in ("one_hot", "grey"):
        config = Pix2PixConfig(
            generator="unet_128",
            generator_filters=4,
            discriminator_filters=4,
            label_input=label_input,
        )
        condition = encode_labels(torch.zeros(1, 128, 128, dtype=torch.uint8), 8, label_input)
        sampler = build_sampler(config, 8, 2)
        image = sampler.generator(condition)
        logits = build_discriminator(config, sampler)(torch.cat([condition, image], 1))
        assert image.shape == (1, 2, 128, 128)
        assert logits.shape == (1, 1, 14, 14)
