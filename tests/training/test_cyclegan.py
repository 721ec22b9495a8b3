"""CycleGAN: one step against the textbook, and what a step leaves alone."""

from copy import deepcopy

import pytest
import torch

from cytoforge.compute.steps import Batch
from cytoforge.errors import UserError
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model, networks_of
from cytoforge.networks.patchgan import PatchGAN
from tests.training.small_pix2pix import close_losses, close_networks
from tests.training.small_translators import batch, built, config, textbook_cyclegan

GENERATORS = ("generator_ab", "generator_ba")


@pytest.mark.parametrize(
    ("generator", "expected"), [("resnet_9", 11_378_179), ("resnet_6", 7_837_699)]
)
def test_a_generator_has_the_published_size(generator, expected):
    with torch.device("meta"):
        whole = config("cyclegan", generator=generator, generator_filters=64)
        sampler = networks_of("cyclegan").build_sampler(whole, 0, 3)
    sizes = [
        sum(w.numel() for w in network.parameters()) for _, network in sampler.named_children()
    ]
    assert sizes == [expected, expected]


def test_a_discriminator_has_the_published_size():
    with torch.device("meta"):
        network = PatchGAN(3, 64, 3, "instance")
    assert sum(weight.numel() for weight in network.parameters()) == 2_764_737


@pytest.mark.usefixtures("plain_convolutions")
@pytest.mark.parametrize("identity", [0, 0.5])
@pytest.mark.parametrize("generator", ["resnet_6", "unet_16"])
def test_a_step_is_the_textbooks(generator, identity):
    # The pool of four is not full: both hand on the new images.
    ours = built("cyclegan", generator=generator, identity=identity, pool_size=4)
    book = textbook_cyclegan(ours)
    tiles = batch()
    close_losses(ours.step(tiles, 0), book.step(tiles["images_a"], tiles["images_b"]))
    for name, network in book.networks.items():
        close_networks(ours.networks[name], network)


def test_a_step_over_micro_batches_is_that_of_the_whole():
    whole, parted = built("cyclegan"), built("cyclegan", setup={"micro_batches": 2})
    for each in (whole, parted):
        each.step(batch(), 0)
    for name, network in whole.networks.items():
        close_networks(parted.networks[name], network)


def test_an_identity_of_0_takes_no_pass_of_its_own():
    losses = built("cyclegan", identity=0).step(batch(), 0)
    assert list(losses) == [
        *("g_gan_b", "g_gan_a", "g_cycle_a", "g_cycle_b"),
        *("d_real_a", "d_fake_a", "d_real_b", "d_fake_b"),
    ]
    assert not any(loss.requires_grad for loss in losses.values())


def test_haematoxylin_is_held_where_the_config_says_so():
    losses = built("cyclegan", lambda_haematoxylin=2).step(batch(), 0)
    assert 0 < float(losses["g_haematoxylin_a"]) < 2
    with pytest.raises(UserError, match="1 channels"):
        model = config("cyclegan", lambda_haematoxylin=2)
        build_model("cyclegan", ModelSetup(model, 0, 1, 5, torch.device("cpu")))


def test_it_makes_b_of_a_and_a_of_b():
    trained = built("cyclegan")
    tiles = batch()
    there, back = trained.sampler, trained.sampler.reverse
    torch.testing.assert_close(
        there(tiles.planes, {}), trained.networks["generator_ab"](tiles["images_a"])
    )
    torch.testing.assert_close(
        back(tiles.planes, {}), trained.networks["generator_ba"](tiles["images_b"])
    )
    assert there.described()["reverse"]


def test_an_older_image_is_judged_in_its_own_domain():
    trained = built("cyclegan", pool_size=1)
    trained.step(batch(), 0)
    first = {domain: pool.images.clone() for domain, pool in trained.pools.items()}
    made = trained.networks["generator_ab"](batch()["images_a"])
    assert first["a"].shape == first["b"].shape == (1, 3, 32, 32)
    assert not torch.equal(first["a"], first["b"])
    assert made.shape == (2, 3, 32, 32)


def test_a_resumed_training_takes_the_same_steps():
    whole, second = built("cyclegan", pool_size=3), built("cyclegan", pool_size=3, seed=6)
    for k in range(2):
        torch.manual_seed(k)
        whole.step(batch(seed=k), k)
    for name, network in second.networks.items():
        network.load_state_dict(whole.networks[name].state_dict())
        second.optimisers[name].load_state_dict(deepcopy(whole.optimisers[name].state_dict()))
    second.load_extra_state(deepcopy(whole.extra_state()))
    losses = []
    for each in (whole, second):
        torch.manual_seed(9)
        losses.append({name: float(loss) for name, loss in each.step(batch(seed=9), 2).items()})
    assert losses[0] == losses[1]
    for name, network in whole.networks.items():
        for one, other in zip(
            network.parameters(), second.networks[name].parameters(), strict=True
        ):
            assert torch.equal(one, other)


def test_steps_are_recorded_unless_there_is_a_pool():
    assert built("cyclegan").graph_key(0) == built("cyclegan").graph_key(7) == "any"
    assert built("cyclegan", pool_size=2).graph_key(0) is None


def test_it_learns_to_swap_two_colours():
    trained = built("cyclegan", generator_filters=8, learning_rate=5e-3, identity=0)
    a, b = -torch.ones(2, 3, 16, 16) * 0.8, torch.ones(2, 3, 16, 16) * 0.8
    a[:, :, 4:9, 4:9], b[:, :, 4:9, 4:9] = 0, 0
    tiles = Batch({"images_a": a, "images_b": b})
    losses = [trained.step(tiles, step) for step in range(40)]
    assert float(losses[-1]["g_cycle_a"]) < 0.5 * float(losses[0]["g_cycle_a"])
