import pytest
import torch
from torch import nn

from cytoforge.networks.patchgan import PatchGAN


@pytest.mark.parametrize(
    ("inputs", "norm", "expected"),
    [
        (6, "batch", 2_768_705),
        (2, "batch", 2_764_609),
        (9, "batch", 2_771_777),
        (11, "batch", 2_773_825),
        (6, "instance", 2_767_809),
        (2, "instance", 2_763_713),
    ],
)
def test_parameter_count(inputs, norm, expected):
    with torch.device("meta"):
        network = PatchGAN(inputs, norm=norm)
    assert sum(weight.numel() for weight in network.parameters()) == expected


@pytest.mark.parametrize(("side", "logits"), [(256, 30), (512, 62)])
def test_logits_of_three_layers(side, logits):
    with torch.device("meta"):
        assert PatchGAN(2)(torch.empty(1, 2, side, side)).shape == (1, 1, logits, logits)


@pytest.mark.parametrize(("layers", "field"), [(1, 16), (2, 34), (3, 70)])
def test_a_logit_sees_a_patch(layers, field):
    network = PatchGAN(1, filters=4, n_layers=layers, norm="none")
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.ones_(layer.weight)  # all positive: nothing cancels
    image = torch.ones(1, 1, 128, 128, requires_grad=True)
    logits = network(image)
    middle = logits.shape[-1] // 2
    logits[0, 0, middle, middle].backward()
    seen = (image.grad[0, 0] != 0).any(0).nonzero()
    assert seen.max() - seen.min() + 1 == field
