"""What the parts of OASIS's config do; its step is in test_oasis_step.py."""

import pytest
import torch

from cytoforge.compute.steps import Batch
from cytoforge.errors import UserError
from cytoforge.models.model import ModelSetup
from cytoforge.models.oasis.config import OasisConfig
from cytoforge.models.oasis.model import Oasis
from cytoforge.networks.layers import prepare_inference
from cytoforge.training.ema import MovingAverage
from tests.training.small_oasis import CHANNELS, CPU, N_CODES, batch, config, model


def test_losses_are_named_and_detached():
    losses = model().step(batch(), 0)
    assert list(losses) == ["g_segment", "d_real", "d_fake", "d_mix"]
    assert not any(loss.requires_grad for loss in losses.values())
    # Untrained, all four outputs are about as likely.
    assert abs(float(losses["d_fake"]) - 1.386) < 0.5


def test_the_generator_learns_from_the_label_slices_around():
    """The segmenter of images sees none of them."""
    one, network = batch(), model(neighbours=1)
    around = torch.stack([one["labels"].roll(4, 1), one["labels"].roll(4, 2)], 1)  # (B, 2, T, T)
    before = [weight.clone() for weight in network.sampler.parameters()]
    losses = network.step(Batch({**one.planes, "neighbours": around}), 0)
    assert list(losses) == ["g_segment", "d_real", "d_fake", "d_mix"]
    changed = zip(before, network.sampler.parameters(), strict=True)
    assert any(not torch.equal(old, new) for old, new in changed)
    assert network.sampler.in_channels == 4 + 3 * N_CODES


def test_usis_never_shows_the_segmenter_a_real_image():
    first, other = model(supervision="usis"), model(supervision="usis")
    shown = batch()
    unpaired = Batch({**shown.planes, "images": shown["images"].flip(0)})
    for trained, tiles in ((first, shown), (other, unpaired)):
        torch.manual_seed(1)
        assert "d_segment" in trained.step(tiles, 1)
    for name in ("generator", "discriminator"):
        pairs = zip(
            first.networks[name].parameters(), other.networks[name].parameters(), strict=True
        )
        assert all(torch.equal(mine, theirs) for mine, theirs in pairs)


def test_oasis_trains_the_fake_class_and_usis_does_not():
    for supervision, trained in (("oasis", True), ("usis", False)):
        ours = model(supervision=supervision)
        ours.step(batch(), 1)
        gradient = ours.networks["discriminator"].output.weight.grad
        # Without a target, output 0 only ever falls.
        bias = ours.networks["discriminator"].output.bias.grad[0]
        assert gradient.abs().max() > 0
        assert (float(bias) < 0) == trained


def test_r1_comes_every_n_steps_and_weighs_n_times_as_much():
    ours = model(supervision="usis", r1_every=3, learning_rate=1e-12)
    values = [float(ours.step(batch(), step)["d_r1"]) for step in range(6)]
    assert [value > 0 for value in values] == [True, False, False, True, False, False]
    single = model(supervision="usis", r1_every=1, learning_rate=1e-12)
    assert values[0] == pytest.approx(3 * float(single.step(batch(), 0)["d_r1"]), rel=1e-5)


def test_the_wavelet_discriminator_learns_five_times_as_fast_as_the_segmenter():
    ours = model(supervision="usis")
    assert ours.rates == {"generator": 1, "discriminator": 4, "discriminator_wavelet": 20}


@pytest.mark.parametrize("term", ["lambda_mask", "lambda_l1", "lambda_gradient"])
def test_an_extra_term_moves_the_generator_alone(term):
    plain, helped = model(fresh_fakes=False), model(fresh_fakes=False, **{term: 5.0})
    for trained in (plain, helped):
        torch.manual_seed(1)
        trained.step(batch(), 0)
    for name, moves in (("discriminator", False), ("generator", True)):
        pairs = zip(
            plain.networks[name].parameters(), helped.networks[name].parameters(), strict=True
        )
        assert any(not torch.equal(mine, theirs) for mine, theirs in pairs) == moves


@pytest.mark.parametrize("overrules", [{}, {"supervision": "usis"}, {"fresh_fakes": False}])
def test_micro_batches_sum_to_the_whole(overrules):
    # Instance norm: statistics of a batch are those of its micro-batches.
    shared = {"spade_norm": "instance", "learning_rate": 1e-9, **overrules}
    whole = model(**shared)
    setup = ModelSetup(config(**shared), N_CODES, CHANNELS, 5, CPU, micro_batches=2)
    divided = Oasis(setup)
    for trained in (whole, divided):
        torch.manual_seed(1)
        trained.step(batch(4), 1)
    names = ["discriminator"] if "supervision" in overrules else ["generator", "discriminator"]
    for name in names:
        for mine, theirs in zip(
            divided.networks[name].parameters(), whole.networks[name].parameters(), strict=True
        ):
            scale = float(theirs.grad.abs().max())
            torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-4 * scale + 1e-9, rtol=1e-4)


@pytest.mark.parametrize("generator", ["pixel", "wavelet"])
def test_the_same_seed_is_the_same_image_and_another_is_another(generator):
    ours = model(generator=generator, learning_rate=1e-2)
    for step in range(4):
        ours.step(batch(), step)
    prepare_inference(ours.sampler)
    labels = batch()["labels"][:1].repeat(3, 1, 1)
    with torch.inference_mode():
        made = ours.sample(ours.sampler, {"labels": labels}, [7, 7, 8])
        alone = ours.sample(ours.sampler, {"labels": labels[:1]}, [8])
    assert torch.equal(made[0], made[1])
    assert (made[0] - made[2]).abs().max() > 1e-3
    torch.testing.assert_close(made[2:], alone)


def test_without_noise_all_seeds_make_one_image():
    ours = model(noise_channels=0)
    prepare_inference(ours.sampler)
    labels = batch()["labels"][:1].repeat(2, 1, 1)
    with torch.inference_mode():
        made = ours.sample(ours.sampler, {"labels": labels}, [7, 8])
    torch.testing.assert_close(made[0], made[1])
    assert ours.config.samples_differ_by == ()


@pytest.mark.parametrize("overrules", [{}, {"generator": "wavelet"}, {"supervision": "usis"}])
def test_it_learns_a_picture_of_its_labels(overrules):
    ours = model(
        learning_rate=3e-3, discriminator_rate=1, init_gain=1, generator_filters=4, **overrules
    )
    shown = batch()
    real = (shown["labels"][:, None] / 2.0 - 0.5).expand(-1, CHANNELS, -1, -1).contiguous()
    tiles = Batch({"labels": shown["labels"], "images": real})
    before = off(ours, tiles)
    torch.manual_seed(0)
    for step in range(50):
        ours.step(tiles, step)
    after = off(ours, tiles)
    assert after < 0.6 * before


def off(ours: Oasis, tiles: Batch) -> float:
    """How far the codes' mean brightness is from the real one's."""
    with torch.no_grad():
        made = ours.sample(ours.sampler, tiles.planes, [1, 2])
    errors = []
    for code in range(N_CODES):
        own = (tiles["labels"] == code)[:, None].expand_as(made)
        errors.append((made[own].mean() - tiles["images"][own].mean()).abs())
    return float(sum(errors))


@pytest.mark.parametrize("overrules", [{}, {"generator": "wavelet", "wavelet_discriminator": True}])
def test_channels_last_and_bf16_change_only_rounding(overrules):
    expected = model(**overrules)
    rounded = model(precision="bf16", channels_last=True, **overrules)
    losses = []
    for trained in (expected, rounded):
        torch.manual_seed(1)
        losses.append(trained.step(batch(), 0))
    for name, loss in losses[0].items():
        assert abs(float(losses[1][name]) - float(loss)) < 0.03 * max(1, float(loss))


def test_the_average_keeps_statistics_and_singular_values():
    ours = model(learning_rate=1e-2)
    average = MovingAverage(ours.sampler, decay=0.9)
    for step in range(20):
        ours.step(batch(), step)
        average.update(step)
    sampler = prepare_inference(average.network)
    with torch.inference_mode():
        made = ours.sample(sampler, batch().planes, [1, 2])
    assert made.isfinite().all()
    u = sampler.generator.blocks[0].first.u
    assert not torch.allclose(u.norm(), torch.tensor(1.0), atol=1e-7)
    weight = sampler.generator.blocks[0].first.normalised_weight().flatten(1)
    assert abs(float(torch.linalg.matrix_norm(weight, 2)) - 1) < 0.1


def test_weights_depend_on_the_seed_alone():
    torch.rand(3)
    first = model(supervision="usis")
    torch.rand(5)
    second = model(supervision="usis")
    for name, network in first.networks.items():
        for mine, theirs in zip(
            network.state_dict().values(), second.networks[name].state_dict().values(), strict=True
        ):
            assert torch.equal(mine, theirs)


def test_a_code_to_ignore_must_exist():
    with pytest.raises(UserError, match="ignore_code"):
        model(ignore_code=N_CODES)


def test_unpaired_images_cannot_be_compared():
    with pytest.raises(ValueError, match="lambda_l1"):
        config(supervision="usis", lambda_l1=1)


def test_sides_are_multiples_of_what_the_networks_halve():
    assert OasisConfig().size_multiple == 64
    assert OasisConfig(generator="wavelet", discriminator_blocks=3).size_multiple == 64
    assert OasisConfig(blocks=4, discriminator_blocks=3).size_multiple == 8
    assert OasisConfig(blocks=4, discriminator_blocks=3, supervision="usis").size_multiple == 64
