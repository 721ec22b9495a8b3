"""One step against the textbook implementation; what the parts of the config do."""

import re

import pytest
import torch
import yaml
from torch import nn

from benchmarks.textbook.oasis import TextbookOasis
from cytoforge.config.oasis import OasisConfig
from cytoforge.errors import UserError
from cytoforge.networks.layers import prepare_inference
from cytoforge.training.ema import MovingAverage
from cytoforge.training.model import Batch, ModelSetup
from cytoforge.training.oasis import Oasis

CPU = torch.device("cpu")
N_CODES, CHANNELS, SIDE = 3, 2, 32


def config(**overrules: object) -> OasisConfig:
    values = {
        "batch_size": 2,
        "generator_filters": 2,
        "blocks": 3,
        "noise_channels": 4,
        "spade_filters": 8,
        "discriminator_filters": 8,
        "discriminator_blocks": 3,
        "wavelet_discriminator_filters": 4,
        "wavelet_discriminator_stages": 2,
    }
    return OasisConfig(**{**values, **overrules})


def model(precision: str = "fp32", **overrules: object) -> Oasis:
    setup = ModelSetup(config(**overrules), N_CODES, CHANNELS, 5, CPU, precision=precision)
    return Oasis(setup)


def batch(size: int = 2) -> Batch:
    random = torch.Generator().manual_seed(3)
    blocks = torch.randint(0, N_CODES, (size, 8, 8), generator=random, dtype=torch.uint8)
    labels = blocks.repeat_interleave(4, 1).repeat_interleave(4, 2)
    real = torch.rand(size, CHANNELS, SIDE, SIDE, generator=random) * 2 - 1
    return Batch(labels, torch.zeros_like(labels, dtype=torch.int32), real)


def textbook(ours: Oasis, config: OasisConfig) -> TextbookOasis:
    """Return the textbook's model with the weights of ours."""
    book = TextbookOasis(
        N_CODES,
        CHANNELS,
        supervision=config.supervision,
        wavelet_generator=config.generator == "wavelet",
        wavelet_judge=config.wavelet_discriminator,
        generator_filters=config.generator_filters,
        blocks=config.blocks,
        noise_channels=config.noise_channels,
        spade_filters=config.spade_filters,
        spade_norm=config.spade_norm,
        discriminator_filters=config.discriminator_filters,
        discriminator_blocks=config.discriminator_blocks,
        judge_filters=config.wavelet_discriminator_filters,
        judge_stages=config.wavelet_discriminator_stages,
        fresh_fakes=config.fresh_fakes,
        lambda_labelmix=config.lambda_labelmix,
        r1_gamma=config.r1_gamma,
        r1_every=config.r1_every,
        learning_rate=config.learning_rate,
        discriminator_rate=config.discriminator_rate,
        judge_rate=config.wavelet_discriminator_rate,
    )
    for name, network in ours.networks.items():
        theirs = dict(book.networks[name].named_parameters())
        with torch.no_grad():
            for key, value in named_like_the_textbook(network, "weights"):
                theirs.pop(key).copy_(value)
        assert not theirs, f"{name} has no {list(theirs)}"
    return book


def named_like_the_textbook(network: nn.Module, what: str) -> list[tuple[str, torch.Tensor]]:
    """Return weights or gradients; γ and β of SPADE, one convolution here, are two there."""
    found = []
    for name, weight in network.named_parameters():
        value = weight.detach() if what == "weights" else weight.grad
        if ".gamma_beta." in name:
            gamma, beta = value.chunk(2)
            found.append((name.replace("gamma_beta", "gamma"), gamma))
            found.append((name.replace("gamma_beta", "beta"), beta))
        else:
            found.append((judges_name(name), value))
    return found


def gradients_of(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: weight.grad.clone() for name, weight in network.named_parameters()}


def judges_name(name: str) -> str:
    """There, a layer and the bias and activation after it are one."""
    patterns = {
        r"from_bands\.(\d+)\.\d\.": r"from_bands.\1.",
        r"stages\.(\d+)\.[01]\.": r"keep.\1.",
        r"stages\.(\d+)\.[34]\.": r"halve.\1.",
        r"mix\.\d\.": "mix.",
        r"dense\.[01]\.": "dense.",
        r"dense\.2\.": "output.",
    }
    for ours, theirs in patterns.items():
        name = re.sub("^" + ours, theirs, name)
    return name


VARIANTS = {
    "oasis": {},
    "usis": {"supervision": "usis"},
    "wavelet generator": {"generator": "wavelet"},
    "both judges": {"wavelet_discriminator": True},
    "same fakes": {"fresh_fakes": False, "wavelet_discriminator": True},
    "instance norm, no LabelMix": {"spade_norm": "instance", "lambda_labelmix": 0},
    "lazy R1": {"supervision": "usis", "r1_every": 4},
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("step", [0, 1])
def test_a_step_is_the_textbooks(variant, step):
    overrules = VARIANTS[variant]
    ours = model(**overrules)
    book = textbook(ours, ours.config)
    for name, optimiser in ours.optimisers.items():  # what the loop does before every step
        optimiser.param_groups[0]["lr"] = ours.config.learning_rate * ours.rates[name]
    applied: dict[str, dict[str, torch.Tensor]] = {}  # the textbook's gradients at its updates
    for name, optimiser in book.optimisers.items():
        optimiser.register_step_pre_hook(
            lambda *_, name=name: applied.update({name: gradients_of(book.networks[name])})
        )
    torch.manual_seed(1)
    found = ours.step(batch(), step)
    torch.manual_seed(1)  # the same noise and the same bits of LabelMix
    expected = book.step(batch().labels, batch().real, step)
    for name, loss in found.items():
        torch.testing.assert_close(loss, expected[name], atol=1e-6, rtol=1e-5)
    for name, network in ours.networks.items():
        weights = dict(book.networks[name].named_parameters())
        gradients = dict(named_like_the_textbook(network, "gradients"))
        largest = max(float(gradient.abs().max()) for gradient in applied[name].values())
        for key, mine in named_like_the_textbook(network, "weights"):
            theirs, gradient = weights[key], applied[name][key]
            scale = float(gradient.abs().max())
            # Biases before a norm, which takes any shift away, have gradients of rounding alone.
            close = {"atol": 1e-5 * scale + 1e-6 * largest, "rtol": 1e-5}
            torch.testing.assert_close(gradients[key], gradient, **close)
            if scale < 1e-4 * largest:
                continue
            clear = gradient.abs() > 1e-3 * scale  # Adam's first step is a sign: noise elsewhere
            torch.testing.assert_close(mine[clear], theirs[clear], atol=1e-6, rtol=1e-5)


def test_losses_are_named_and_detached():
    losses = model().step(batch(), 0)
    assert list(losses) == ["g_segment", "d_real", "d_fake", "d_mix"]
    assert not any(loss.requires_grad for loss in losses.values())
    # Untrained, all four outputs are about as likely.
    assert abs(float(losses["d_fake"]) - 1.386) < 0.5


def test_usis_never_shows_the_segmenter_a_real_image():
    first, other = model(supervision="usis"), model(supervision="usis")
    shown = batch()
    unpaired = Batch(shown.labels, shown.instances, shown.real.flip(0))
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


def test_the_judge_learns_five_times_as_fast_as_the_segmenter():
    ours = model(supervision="usis")
    assert ours.rates == {"generator": 1, "discriminator": 4, "discriminator_wavelet": 20}


@pytest.mark.parametrize("term", ["lambda_mask", "lambda_l1"])
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
def test_parts_of_a_batch_sum_to_the_whole(overrules):
    # Instance norm: statistics of a batch are those of its parts. Two tiles a judge's group.
    shared = {"spade_norm": "instance", "learning_rate": 1e-9, **overrules}
    whole = model(**shared)
    setup = ModelSetup(config(**shared), N_CODES, CHANNELS, 5, CPU, parts=2)
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
    network = prepare_inference(ours.networks["generator"])
    labels = batch().labels[:1].repeat(3, 1, 1)
    with torch.inference_mode():
        made = ours.generate(network, labels, labels.int(), [7, 7, 8])
        alone = ours.generate(network, labels[:1], labels[:1].int(), [8])
    assert torch.equal(made[0], made[1])
    assert (made[0] - made[2]).abs().max() > 1e-3
    torch.testing.assert_close(made[2:], alone)


def test_without_noise_all_seeds_make_one_image():
    ours = model(noise_channels=0)
    network = prepare_inference(ours.networks["generator"])
    labels = batch().labels[:1].repeat(2, 1, 1)
    with torch.inference_mode():
        made = ours.generate(network, labels, labels.int(), [7, 8])
    torch.testing.assert_close(made[0], made[1])
    assert ours.config.samples_differ_by == ()


@pytest.mark.parametrize("overrules", [{}, {"generator": "wavelet"}, {"supervision": "usis"}])
def test_it_learns_a_picture_of_its_labels(overrules):
    ours = model(
        learning_rate=3e-3, discriminator_rate=1, init_gain=1, generator_filters=4, **overrules
    )
    shown = batch()
    real = (shown.labels[:, None] / 2.0 - 0.5).expand(-1, CHANNELS, -1, -1).contiguous()
    tiles = Batch(shown.labels, shown.instances, real)
    before = off(ours, tiles)
    torch.manual_seed(0)
    for step in range(50):
        ours.step(tiles, step)
    after = off(ours, tiles)
    assert after < 0.6 * before


def off(ours: Oasis, tiles: Batch) -> float:
    """How far the codes' mean brightness is from the real one's."""
    with torch.no_grad():
        made = ours.generate(ours.networks["generator"], tiles.labels, tiles.instances, [1, 2])
    errors = []
    for code in range(N_CODES):
        own = (tiles.labels == code)[:, None].expand_as(made)
        errors.append((made[own].mean() - tiles.real[own].mean()).abs())
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
    average = MovingAverage(ours.networks["generator"], decay=0.9)
    for step in range(20):
        ours.step(batch(), step)
        average.update(step)
    network = prepare_inference(average.network)
    labels = batch().labels
    with torch.inference_mode():
        made = ours.generate(network, labels, labels.int(), [1, 2])
    assert made.isfinite().all()
    u = network.blocks[0].first.u
    assert not torch.allclose(u.norm(), torch.tensor(1.0), atol=1e-7)
    weight = network.blocks[0].first.normalised_weight().flatten(1)
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


def test_the_original_preset_is_the_published_recipe(root):
    text = (root / "config" / "presets" / "oasis" / "original.yaml").read_text(encoding="utf-8")
    original = OasisConfig(**yaml.safe_load(text))
    # Batch size and validation are not the recipe's; all else is published, as the defaults are.
    ours = {"batch_size": 4, "validate_every": 1000, "select_by": "last"}
    assert original == OasisConfig(**ours)
    assert (original.learning_rate, original.discriminator_rate) == (1e-4, 4)
    assert (original.beta1, original.beta2, original.ema_decay) == (0, 0.999, 0.9999)
    assert (original.noise_channels, original.lambda_labelmix) == (64, 10)


def test_sides_are_multiples_of_what_the_networks_halve():
    assert OasisConfig().size_multiple == 64
    assert OasisConfig(generator="wavelet", discriminator_blocks=3).size_multiple == 64
    assert OasisConfig(blocks=4, discriminator_blocks=3).size_multiple == 8
    assert OasisConfig(blocks=4, discriminator_blocks=3, supervision="usis").size_multiple == 64
