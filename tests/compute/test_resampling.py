"""Doubling by slices is torch's; layers stay in the dtype they are given."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cytoforge.compute.resampling import upsample, upsample_by_lines
from cytoforge.networks.layers import ReflectionPad
from cytoforge.networks.upsampling import Bilinear


def test_two_pixels_become_four():
    x = torch.tensor([[[[0.0, 8.0]]]])
    assert upsample_by_lines(x).tolist() == [[[[0, 2, 6, 8]] * 2]]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 4, 6), (1, 5, 7, 2)])
def test_lines_are_torchs_bilinear_with_gradients(shape, layout):
    x = torch.randn(shape).contiguous(memory_format=layout).requires_grad_()
    expected, found = F.interpolate(x, scale_factor=2, mode="bilinear"), upsample_by_lines(x)
    torch.testing.assert_close(found, expected)
    weights = torch.randn_like(expected)
    (wanted,) = torch.autograd.grad((expected * weights).sum(), x)
    (got,) = torch.autograd.grad((found * weights).sum(), x)
    torch.testing.assert_close(got, wanted)


def test_lines_keep_the_layout():
    x = torch.randn(2, 3, 4, 6).contiguous(memory_format=torch.channels_last)
    assert upsample_by_lines(x).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("layer", [ReflectionPad(1), Bilinear(), lambda x: upsample(x, "nearest")])
def test_autocast_leaves_bf16_as_it_is(layer):
    x = torch.randn(1, 2, 4, 4).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(x).dtype == torch.bfloat16


def test_padding_is_torchs():
    x = torch.randn(1, 2, 4, 5)
    assert torch.equal(ReflectionPad(3)(x), nn.ReflectionPad2d(3)(x))
