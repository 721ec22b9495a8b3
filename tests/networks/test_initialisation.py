import torch
from torch import nn

from cytoforge.networks.initialisation import init_weights
from cytoforge.networks.patchgan import PatchGAN


def test_spreads_are_those_of_pix2pix():
    network = PatchGAN(4)
    init_weights(network, seed=1)
    convolution, gain = network.blocks[5], network.blocks[6]
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(gain, nn.BatchNorm2d)
    assert abs(convolution.weight.std().item() - 0.02) < 2e-4
    assert abs(gain.weight.mean().item() - 1) < 5e-3
    assert abs(gain.weight.std().item() - 0.02) < 3e-3
    assert gain.bias.abs().max() == 0
    assert network.blocks[0].bias.abs().max() == 0


def test_weights_depend_on_the_seed_alone():
    networks = [PatchGAN(2, filters=4) for _ in range(3)]
    for network, seed in zip(networks, (1, 1, 2), strict=True):
        torch.rand(7)  # whatever was drawn before
        init_weights(network, seed)
    same, again, other = (network.blocks[2].weight for network in networks)
    assert torch.equal(same, again)
    assert not torch.equal(same, other)
