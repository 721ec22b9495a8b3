"""Label maps as channels, and back; sets of them held against each other."""

import pytest
import torch

from cytoforge.models.map_sets import MapSets, wasserstein
from cytoforge.models.soft_maps import MapFormat, blurred, cropped

LABELS = torch.tensor([[[0, 1], [2, 2]]], dtype=torch.uint8)
DISTANCES = torch.tensor([[[-1.0, 0.0], [1.0, 0.5]]])


def test_probabilities_and_distance_come_back():
    format = MapFormat(3)
    maps = format.of_labels(LABELS, DISTANCES)
    assert maps.shape == (1, 4, 2, 2)
    assert torch.equal(format.codes(maps), LABELS)
    torch.testing.assert_close(format.depth(maps), DISTANCES * 0.5 + 0.5)


def test_soft_maximum_is_of_the_codes_alone():
    raw = torch.tensor([0.0, 0.0, 5.0]).view(1, 3, 1, 1)
    made = MapFormat(2).squashed(raw)
    assert made.flatten().tolist() == [0.0, 0.0, 5.0]  # a half each, of [-1, 1]; the distance stays


def test_grey_is_parted_at_the_threshold():
    format = MapFormat(2, "grey", distance=False, threshold=240 / 255)
    grey = torch.tensor([0.0, 239.0, 241.0, 255.0]) / 255 * 2 - 1
    assert format.codes(grey.view(1, 1, 2, 2)).flatten().tolist() == [0, 0, 1, 1]
    middle = MapFormat(3, "grey", distance=False)
    grey = torch.tensor([-1.2, -0.6, -0.4, 1.3])
    assert middle.codes(grey.view(1, 1, 2, 2)).flatten().tolist() == [0, 0, 1, 2]
    assert torch.equal(middle.codes(middle.of_labels(LABELS)), LABELS)


def test_soft_maps_are_less_certain_and_of_the_same_classes():
    format = MapFormat(3)
    maps = format.of_labels(LABELS, DISTANCES)
    soft = format.softened(maps, 0, torch.full((1, 1, 2, 2), 0.3))
    torch.testing.assert_close(soft[:, :3].sum(1), torch.full((1, 2, 2), -1.0))
    assert float(soft[0, 0, 0, 0] * 0.5 + 0.5) == pytest.approx(0.7 + 0.1)
    assert torch.equal(soft[:, 3], DISTANCES)
    assert torch.equal(format.codes(soft), LABELS)


def test_a_blur_keeps_sums():
    spot = torch.zeros(1, 1, 5, 5)
    spot[0, 0, 2, 2] = 1
    smooth = blurred(spot, 0.5)
    assert float(smooth.sum()) == pytest.approx(1)
    assert float(smooth[0, 0, 2, 2]) < 0.7


def test_squares_begin_where_they_should():
    plane = torch.arange(16).view(1, 4, 4).repeat(2, 1, 1)
    square = cropped(plane, 2, torch.tensor([0, 2]), torch.tensor([1, 0]))
    assert square.tolist() == [[[1, 2], [5, 6]], [[8, 9], [12, 13]]]


def maps(fraction: float, size: int = 6, seed: int = 1) -> torch.Tensor:
    """Columns of code 1 on 0: another number in each map."""
    random = torch.Generator().manual_seed(seed)
    noise = torch.rand(size, 32, 32, generator=random)
    return (noise < fraction).to(torch.uint8)


def test_the_same_set_has_no_distance_to_itself():
    sets = MapSets(maps(0.3), maps(0.3), 2)
    assert (sets.patches, sets.fractions, sets.neighbours) == (0, 0, 0)
    assert sets.spread == pytest.approx(1)


def test_fractions_are_compared_map_by_map():
    sets = MapSets(maps(0.5), maps(0.3), 2)
    assert sets.fractions == pytest.approx(0.2, abs=0.02)


def test_neighbours_tell_what_touches():
    real = torch.tensor([[[0, 1, 2]]], dtype=torch.uint8)
    made = torch.tensor([[[1, 0, 2]]], dtype=torch.uint8)
    # 01 and 12, each half; 01 and 02, each half.
    assert MapSets(made, real, 3).neighbours == pytest.approx(0.5)


def test_a_map_that_is_drawn_again_and_again_has_no_spread():
    real = maps(0.3)
    assert MapSets(real[:1].expand_as(real), real, 2).spread == 0


def test_the_trivial_method_is_the_commonest_class():
    trivial = MapSets(maps(0.5), maps(0.3), 2).trivial
    assert trivial.made.unique().tolist() == [0]
    assert trivial.fractions == pytest.approx(0.3, abs=0.02)


def test_wasserstein_of_columns():
    one, other = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [3.0], [2.0], [3.0]])
    assert wasserstein(one, other).tolist() == [2.0]
