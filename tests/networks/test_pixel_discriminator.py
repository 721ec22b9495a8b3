import pytest
import torch

from cytoforge.networks.pixel_discriminator import PixelDiscriminator


@pytest.mark.parametrize(("inputs", "expected"), [(6, 9_024), (2, 8_768)])
def test_parameter_count(inputs, expected):
    with torch.device("meta"):
        network = PixelDiscriminator(inputs)
    assert sum(weight.numel() for weight in network.parameters()) == expected


@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
def test_a_logit_a_pixel(norm):
    network = PixelDiscriminator(3, filters=4, norm=norm)
    assert network(torch.randn(2, 3, 5, 7)).shape == (2, 1, 5, 7)


def test_a_logit_sees_its_own_pixel_only():
    network = PixelDiscriminator(1, filters=4, norm="none")
    image = torch.randn(1, 1, 5, 5, requires_grad=True)
    network(image)[0, 0, 2, 3].backward()
    assert image.grad.nonzero().tolist() == [[0, 0, 2, 3]]
