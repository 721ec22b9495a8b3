"""Sets of images held against each other, on images that the eye can check."""

import pytest
import torch

from cytoforge.models.likeness import edge_correlation, haematoxylin_correlation
from cytoforge.models.set_scores import Ways, sliced_wasserstein
from cytoforge.models.tasks import image_to_image as task


def tissue(count: int, colour: tuple[float, float, float], seed: int) -> torch.Tensor:
    """Blocks of a colour, each pixel a little off, on white; (count, 3, 64, 64)."""
    random = torch.Generator().manual_seed(seed)
    where = (torch.rand(count, 1, 8, 8, generator=random) < 0.4).float()
    where = where.repeat_interleave(8, 2).repeat_interleave(8, 3)
    noise = torch.randn(count, 3, 64, 64, generator=random) * 0.02
    return (1 - where * (1 - torch.tensor(colour).view(1, 3, 1, 1)) + noise).clamp(0, 1)


BROWN, VIOLET = (0.5, 0.3, 0.1), (0.4, 0.2, 0.6)
BLUE, PINK = (0.4, 0.5, 0.8), (0.95, 0.7, 0.85)


def test_other_images_of_the_same_stain_are_near_and_of_another_are_far():
    real = tissue(6, VIOLET, 0)
    near = sliced_wasserstein(tissue(4, VIOLET, 1), real)
    far = sliced_wasserstein(tissue(4, BROWN, 1), real)
    assert near < 0.1 < far
    assert sliced_wasserstein(real, real) == 0


def test_texture_counts_where_colours_are_equal():
    real = tissue(4, VIOLET, 0)
    smooth = torch.nn.functional.avg_pool2d(real, 5, 1, 2)
    assert sliced_wasserstein(smooth, real) > 2 * sliced_wasserstein(tissue(4, VIOLET, 1), real)


def test_sets_need_not_be_as_large():
    real = tissue(1, VIOLET, 0)
    # Of more images fewer patches each are looked at: not exactly 0.
    assert sliced_wasserstein(real.repeat(3, 1, 1, 1), real) < 0.03


def test_edges_are_the_same_in_any_colour_and_polarity():
    image = tissue(2, BROWN, 0)
    assert edge_correlation(image, image) == pytest.approx(1)
    assert edge_correlation(1 - image, image) == pytest.approx(1)
    assert edge_correlation(tissue(2, BROWN, 5), image) < 0.5


def test_an_image_without_edges_agrees_with_none():
    assert edge_correlation(torch.full((1, 3, 8, 8), 0.5), tissue(1, BROWN, 0)[..., :8, :8]) == 0


def test_nuclei_in_another_colour_keep_their_haematoxylin_and_membranes_do_not_gain_any():
    """Edges of all three agree: only where haematoxylin is says which of them is right."""
    nuclei, membranes = tissue(2, BLUE, 0), tissue(2, BROWN, 5)
    ihc = nuclei * membranes
    right = tissue(2, VIOLET, 0) * tissue(2, PINK, 5)
    wrong = tissue(2, PINK, 0) * tissue(2, VIOLET, 5)
    assert haematoxylin_correlation(ihc, ihc) == pytest.approx(1, abs=1e-5)
    assert haematoxylin_correlation(right, ihc) > 0.8 > 0.3 > haematoxylin_correlation(wrong, ihc)
    assert edge_correlation(wrong, ihc) > 0.6


def ways(back: Ways | None = None, returned: torch.Tensor | None = None) -> Ways:
    return Ways(tissue(3, BROWN, 0), tissue(3, VIOLET, 0), tissue(5, VIOLET, 1), returned, back)


def test_a_recoloured_image_scores_better_than_the_image_itself():
    assert 2 * task.translation(ways()) < task.translation(ways().trivial)
    assert task.structure(ways().trivial) == pytest.approx(0, abs=1e-6)


def test_both_ways_count_alike():
    there = ways()
    mirrored = Ways(there.real, there.real, there.source)  # hands on its images
    both = ways(mirrored)
    single = [task.translation(each) for each in (there, mirrored)]
    assert task.translation(both) == pytest.approx(sum(single) / 2)
    assert task.distance_back(both) == task.distance(mirrored)


def test_what_is_not_there_has_no_score():
    assert (task.distance_back(ways()), task.cycle(ways())) == (None, None)


def test_the_way_there_and_back_is_measured_in_grey_values():
    assert task.cycle(ways(returned=tissue(3, BROWN, 0) + 0.25)) == pytest.approx(0.25)
