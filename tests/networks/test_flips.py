"""The mean over mirror images and transposes: what points turns with the image."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from cytoforge.models.hovernet.targets import hover_maps
from cytoforge.networks.flips import mean_over_flips, turned, turned_back


def slopes(image: Tensor) -> Tensor:
    """Return the image's middle, how it rises along x and along y, and the middle again."""
    middle = image[..., 1:-1, 1:-1]
    along_x = image[..., 1:-1, 2:] - image[..., 1:-1, :-2]
    along_y = image[..., 2:, 1:-1] - image[..., :-2, 1:-1]
    return torch.cat([middle, along_x, along_y, middle], 1)


@pytest.mark.parametrize("count", [1, 4, 8])
def test_a_network_that_turns_with_the_image_says_the_same(count):
    image = torch.rand(2, 1, 9, 7, dtype=torch.float64)
    torch.testing.assert_close(mean_over_flips(slopes, image, count, arrows=1), slopes(image))


@pytest.mark.parametrize("count", [4, 8])
def test_distances_of_nuclei_turn_with_the_image(count):
    labels = torch.zeros(1, 1, 40, 40, dtype=torch.float64)
    labels[..., 3:16, 5:12], labels[..., 20:39, 14:37] = 1, 2  # odd sides: a centre in the middle

    def network(seen: Tensor) -> Tensor:
        nuclei, distances = hover_maps(seen[0, 0].numpy().astype(int))
        return torch.from_numpy(np.concatenate([nuclei[None], distances]))[None]

    found = mean_over_flips(network, labels, count, arrows=1)
    torch.testing.assert_close(found, network(labels))


@pytest.mark.parametrize(("count", "turns"), [(4, (0, 2)), (8, (0, 1, 2, 3))])
def test_the_mean_is_that_over_mirrored_quarter_turns(count, turns):
    kernel = torch.arange(9.0).view(1, 1, 3, 3)
    image = torch.rand(1, 1, 8, 8)

    def network(seen: Tensor) -> Tensor:
        return F.conv2d(seen, kernel, padding=1)

    mirrored = [image, image.flip(3)]
    one, other = (
        torch.stack([torch.rot90(network(torch.rot90(x, k, (2, 3))), -k, (2, 3)) for k in turns])
        for x in mirrored
    )
    expected = torch.cat([one, other.flip(4)]).mean(0)
    torch.testing.assert_close(mean_over_flips(network, image, count), expected)


def test_eight_flips_differ_and_are_turned_back():
    image = torch.rand(1, 2, 6, 5)
    flips = [turned(image, number) for number in range(8)]
    assert len({tuple(flip.flatten().tolist()) for flip in flips}) == 8
    for number, flip in enumerate(flips):
        assert torch.equal(turned_back(flip, number), image)
