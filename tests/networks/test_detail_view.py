"""What a discriminator is shown of an image's detail."""

import torch
from torch import nn

from cytoforge.networks.detail_view import DetailView


def test_a_bright_pixel_stands_out_and_an_even_slope_does_not():
    label = torch.full((1, 1, 9, 9), 7.0)
    slope = torch.arange(9.0).tile(9, 1)[None, None] / 10
    pixel = torch.zeros(1, 1, 9, 9)
    pixel[..., 4, 4] = 1
    seen = DetailView(nn.Identity(), channels=2, gain=5)(torch.cat([label, slope, pixel], 1))
    assert torch.equal(seen[:, :3], torch.cat([label, slope, pixel], 1))
    inner = seen[0, 3:, 2:-2, 2:-2]
    torch.testing.assert_close(inner[0], torch.zeros(5, 5), atol=1e-5, rtol=0)
    expected = torch.full((5, 5), -5 / 25)
    expected[2, 2] = 5 * (1 - 1 / 25)
    torch.testing.assert_close(inner[1], expected)
