"""Arithmetic of bytes against that of floating point."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cytoforge.compute.devices import has_int8
from cytoforge.compute.int8 import ZERO, leaky_relu_bytes, phases_conv

needs_int8 = pytest.mark.skipif(not has_int8(torch.device("cpu")), reason="no AVX512-VNNI")


@needs_int8
def test_four_phases_are_the_transposed_convolution():
    torch.manual_seed(0)
    layer = nn.ConvTranspose2d(8, 16, 4, 2, 1)
    layer.weight.data = torch.randint(-3, 4, (8, 16, 4, 4)).float()
    layer.weight.data[0, :, 0, 0] = 127  # the step is 1, so nothing is rounded
    layer.bias.data = torch.randint(-9, 10, (16,)).float()
    x = torch.randint(0, 4, (2, 8, 5, 7), dtype=torch.uint8)
    with torch.no_grad():
        expected = layer(x.float()).clamp(0, 255)
        phases = phases_conv(layer)(x.contiguous(memory_format=torch.channels_last)).chunk(4, 1)
    image = torch.empty_like(expected)
    for k, phase in enumerate(phases):
        row, col = divmod(k, 2)
        image[:, :, row::2, col::2] = phase[:, :, row : row + 5, col : col + 7]
    assert torch.equal(image, expected)


def test_leaky_relu_of_every_byte():
    x = torch.arange(256, dtype=torch.uint8)
    positive = torch.empty_like(x)
    leaky = leaky_relu_bytes(x, positive).float() - ZERO
    values = x.float() - ZERO
    assert torch.equal(positive.float(), F.relu(values))
    torch.testing.assert_close(leaky, F.leaky_relu(values, 0.2), rtol=0, atol=0.8)
