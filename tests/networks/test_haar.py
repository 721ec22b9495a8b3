import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cytoforge.networks.haar import haar, inverse_haar

# A 2×2 image with one bright pixel shows each band's sign at that pixel.
CORNERS = torch.eye(4).reshape(4, 1, 2, 2)


def test_bands_of_single_pixels():
    signs = haar(CORNERS)[:, :, 0, 0] * 2
    assert signs.tolist() == [
        [1, -1, -1, 1],  # top left
        [1, 1, -1, -1],  # top right
        [1, -1, 1, -1],  # bottom left
        [1, 1, 1, 1],  # bottom right
    ]


def test_bands_stand_one_after_another():
    image = torch.stack([torch.ones(2, 2), torch.zeros(2, 2)])[None]  # two channels
    assert haar(image).flatten().tolist() == [2, 0, 0, 0, 0, 0, 0, 0]


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5), st.integers(1, 5))
def test_reconstruction_is_perfect(batch, channels, height, width):
    x = torch.randn(batch, channels, 2 * height, 2 * width)
    torch.testing.assert_close(inverse_haar(haar(x)), x, atol=1e-6, rtol=1e-6)
    bands = torch.randn(batch, 4 * channels, height, width)
    torch.testing.assert_close(haar(inverse_haar(bands)), bands, atol=1e-6, rtol=1e-6)


def test_energy_is_kept():
    x = torch.randn(2, 3, 8, 6)
    torch.testing.assert_close(haar(x).square().sum(), x.square().sum())
