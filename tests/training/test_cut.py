"""CUT and FastCUT: one step against the textbook, and what is compared with what."""

import math

import pytest
import torch
from pydantic import ValidationError

from cytoforge.compute.steps import Batch
from cytoforge.models.cut.model import patch_nce
from tests.training.small_pix2pix import close_losses, close_networks
from tests.training.small_translators import batch, built, config, textbook_cut

FAST = {"nce_identity": False, "flip_equivariance": True, "lambda_nce": 10}
# Features of tiny weights are magnified by norms, and likeness by 1 / 0.07: so is rounding.
ROUNDING = 5e-5


def places_of(draws) -> dict[str, list[torch.Tensor]]:
    layers = [rows for name, rows in draws.items() if name != "mirrored"]
    sets = layers[0].shape[1]
    return {"ab"[k]: [rows[:, k] for rows in layers] for k in range(sets)}


@pytest.mark.usefixtures("plain_convolutions")
@pytest.mark.parametrize("settings", [{}, FAST], ids=["cut", "fastcut"])
def test_a_step_is_the_textbooks(settings):
    ours = built("cut", **settings)
    book = textbook_cut(ours)
    torch.manual_seed(2)
    tiles, flips = ours.draw(batch()), [bool(settings), False]
    if settings:  # FastCUT mirrors the first tile
        tiles = Batch(tiles.planes, {**tiles.draws, "mirrored": torch.tensor(flips)})
    losses = ours.update(tiles, 0)
    expected = book.step(tiles["images_a"], tiles["images_b"], places_of(tiles.draws), flips)
    close_losses(losses, expected)
    for name, network in book.networks.items():
        close_networks(ours.networks[name], network, ROUNDING)


@pytest.mark.parametrize("settings", [{}, FAST], ids=["cut", "fastcut"])
def test_a_step_over_micro_batches_is_that_of_the_whole(settings):
    whole, parted = built("cut", **settings), built("cut", setup={"micro_batches": 2}, **settings)
    for each in (whole, parted):
        torch.manual_seed(1)
        each.step(batch(), 0)
    for name, network in whole.networks.items():
        close_networks(parted.networks[name], network, ROUNDING)


def test_no_patch_is_drawn_twice():
    draws = built("cut").draw(batch()).draws
    assert list(draws) == ["image", "half", "quarter", "block_1", "block_5"]
    assert {rows.shape for rows in draws.values()} == {(2, 2, 16)}  # tiles, domains, patches
    for rows in draws["quarter"].flatten(0, 1):
        assert len(rows.unique()) == 16
        assert rows.min() >= 0 and rows.max() < 8 * 8


def test_a_patch_among_alike_ones_is_found_by_chance():
    alike = torch.ones(1, 4, 1)
    assert float(patch_nce(alike, alike, 0.07)) == pytest.approx(math.log(4))


def test_a_patch_that_is_its_source_is_found():
    apart = torch.eye(4)[None]  # (1, 4, 4): at right angles to each other
    assert float(patch_nce(apart, apart, 0.07)) < 1e-5
    assert float(patch_nce(apart, apart.flip(1), 0.07)) == pytest.approx(1 / 0.07, rel=1e-3)


def test_the_source_gets_no_gradient():
    made, source = torch.rand(2, 1, 3, 2).requires_grad_(), torch.rand(1, 3, 2).requires_grad_()
    patch_nce(made[0], source, 1.0).backward()
    assert source.grad is None


def test_it_translates_one_way_only():
    trained = built("cut")
    assert trained.sampler.back is None
    assert not trained.sampler.described()["reverse"]
    with pytest.raises(ValueError, match="in one direction"):
        trained.sampler.reverse(batch().planes, {})


def test_layers_that_the_generator_lacks_are_refused():
    with pytest.raises(ValidationError, match="resnet_6 has no block_7"):
        config("cut", nce_layers=("image", "block_7"))
