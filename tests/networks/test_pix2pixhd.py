import pytest
import torch
from torch import nn

from cytoforge.models.pix2pixhd.config import Pix2PixHDConfig
from cytoforge.models.pix2pixhd.networks import build_discriminator, build_sampler
from cytoforge.networks.feature_encoder import FeatureEncoder
from cytoforge.networks.global_generator import GlobalGenerator, doubled
from cytoforge.networks.local_enhancer import LocalEnhancer
from cytoforge.networks.multiscale import MultiScaleDiscriminator, half_size


def parameters(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


# The public implementation's counts.
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: GlobalGenerator(3, 3), 182_443_267),
        (lambda: GlobalGenerator(36, 3), 182_546_755),
        (lambda: GlobalGenerator(1, 1), 182_430_721),
        (lambda: LocalEnhancer(3, 3), 182_701_827),
        (lambda: LocalEnhancer(36, 3), 182_857_059),
        (lambda: MultiScaleDiscriminator(6, n_scales=1), 2_767_809),
        (lambda: MultiScaleDiscriminator(6, n_scales=2), 5_535_618),
        (lambda: MultiScaleDiscriminator(6, n_scales=3), 8_303_427),
        (lambda: FeatureEncoder(3), 788_803),
    ],
)
def test_parameter_count(make, expected):
    with torch.device("meta"):
        assert parameters(make()) == expected


# 35 labels and an edge channel, three image channels.
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 182_546_755),
        ({"generator": "local", "coarse_fraction": 0}, 182_857_059),
        # G1's own head, 7×7 from 64 channels to 3, is what it learns alone with.
        ({"generator": "local", "select_by": "last"}, 182_857_059 + 64 * 3 * 49 + 3),
    ],
)
def test_the_defaults_are_the_originals_networks(settings, expected):
    config = Pix2PixHDConfig(**settings)
    with torch.device("meta"):
        sampler = build_sampler(config, 35, 3)
        assert parameters(sampler) == expected
        discriminator = build_discriminator(config, sampler)
    assert discriminator.scales[0].layers[0][0].in_channels == 39
    assert len(discriminator.scales) == 2


@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
@pytest.mark.parametrize("network", [GlobalGenerator, LocalEnhancer])
def test_image_has_the_size_of_the_label_map(network, norm, upsampling):
    made = network(5, 2, filters=4, n_downs=3, n_blocks=1, norm=norm, upsampling=upsampling)
    image = made(torch.randn(2, 5, 32, 64))
    assert image.shape == (2, 2, 32, 64)
    assert image.abs().max() <= 1


def test_the_enhancer_sees_details_that_half_size_has_lost():
    torch.manual_seed(0)  # of random weights a few make one grey of everything
    # Stripes 1 px wide: G1 gets their mean, plain grey, in the middle of the image.
    network = LocalEnhancer(1, 1, filters=4, n_downs=1, n_blocks=1, norm="none")
    x = torch.zeros(1, 1, 16, 16)
    x[:, :, ::2] = 1
    shifted = 1 - x
    assert torch.allclose(half_size(x)[..., 1:-1, :].std(), torch.tensor(0.0))
    assert not torch.allclose(network(x), network(shifted))


def test_g1_alone_works_at_half_size():
    network = LocalEnhancer(3, 2, filters=4, n_downs=2, n_blocks=1, coarse_head=True)
    network.coarse_only = True
    half = torch.randn(1, 3, 16, 16)
    assert network(half).shape == (1, 2, 16, 16)
    network(half).mean().backward()
    learned = {name for name, weight in network.named_parameters() if weight.grad is not None}
    assert {name.split(".")[0] for name in learned} == {"coarse", "coarse_head"}


def test_g1_without_a_head_cannot_work_alone():
    network = LocalEnhancer(3, 2, filters=4, n_downs=2, n_blocks=1)
    network.coarse_only = True
    with pytest.raises(ValueError, match="needs coarse_head"):
        network(torch.zeros(1, 3, 16, 16))


def test_instances_of_a_batch_do_not_mix():
    network = GlobalGenerator(2, 1, filters=4, n_downs=2, n_blocks=1)
    x = torch.randn(3, 2, 16, 16)
    torch.testing.assert_close(network(x)[1:2], network(x[1:2]))


def test_resized_doubling_treats_even_and_odd_pixels_alike():
    def spread(upsampling: str) -> float:
        convolution = doubled(2, "none", upsampling)[:-1]
        for layer in convolution:
            for weight in layer.parameters():
                nn.init.ones_(weight)
        plain = nn.Sequential(*convolution)(torch.ones(1, 2, 8, 8))[..., 2:-2, 2:-2]
        return float(plain.detach().std())

    assert spread("transposed") > 1  # a checkerboard on a plain surface
    assert spread("resize") == 0


def test_discriminators_hand_on_every_layer_at_every_scale():
    discriminator = MultiScaleDiscriminator(3, filters=4, n_layers=3, n_scales=2)
    outputs = discriminator(torch.randn(2, 3, 64, 64))
    # 4×4 kernels, padded by 2: n → n / 2 + 1, at the end n → n + 1.
    assert [[tuple(layer.shape[1:]) for layer in scale] for scale in outputs] == [
        [(4, 33, 33), (8, 17, 17), (16, 9, 9), (32, 10, 10), (1, 11, 11)],
        [(4, 17, 17), (8, 9, 9), (16, 5, 5), (32, 6, 6), (1, 7, 7)],
    ]


def test_half_size_is_the_mean_of_the_neighbours_inside():
    x = torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 8, 7, 6], [5, 4, 3, 2]])[None, None]
    expected = torch.tensor([[(1 + 2 + 5 + 6) / 4, (2 + 3 + 4 + 6 + 7 + 8) / 6], [37 / 6, 51 / 9]])
    torch.testing.assert_close(half_size(x)[0, 0], expected)


@pytest.mark.parametrize("network", [GlobalGenerator, LocalEnhancer])
def test_labels_can_be_seen_again_at_full_size(network):
    # With the features silenced the image still depends on the label map.
    made = network(2, 1, filters=4, n_downs=2, n_blocks=1, norm="none", label_skip=True)
    with torch.no_grad():
        made.head.blend[0].weight[:, :-2] = 0
    first, second = made(torch.zeros(1, 2, 16, 16)), made(torch.ones(1, 2, 16, 16))
    assert not torch.allclose(first, second)
