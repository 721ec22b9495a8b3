"""One step of StyleGAN2 against the textbook implementation."""

import pytest
import torch

from tests.training.small_stylegan import batch, model, pairs, textbook

# Without what the textbook leaves out.
PLAIN = {"mixing": 0, "ada_kimg": 0, "real_noise": 0, "ema_decay": 0}


@pytest.mark.parametrize(
    ("step", "what"),
    [(0, {}), (1, {}), (4, {}), (1, {"output": "grey", "distance": False}), (4, {"r1_gamma": 0.7})],
    ids=["all regularised", "none", "path length", "grey", "gamma given"],
)
def test_a_step_is_the_textbooks(step, what):
    ours = model(**PLAIN, **what)
    with torch.no_grad():  # noise has no effect at the start
        for layer in ours.drawer.generator.modules():
            if hasattr(layer, "noise_strength"):
                layer.noise_strength.fill_(0.1)
    book = textbook(ours)
    for name, optimiser in ours.optimisers.items():  # what the loop does before every step
        optimiser.param_groups[0]["lr"] = ours.config.learning_rate * ours.rates[name]
    torch.manual_seed(1)
    drawn = ours.draw(batch())
    torch.manual_seed(2)
    found = ours.update(drawn, step)
    torch.manual_seed(2)  # the same noise for path length
    draws = drawn.draws
    names = ("", "_again", "_path")
    expected = book.step(
        drawn["maps"],
        [draws[f"latent{name}"] for name in names],
        [draws[f"layer_noise{name}"] for name in names],
        step,
    )
    for name, loss in expected.items():
        torch.testing.assert_close(found[name], loss, atol=1e-5, rtol=1e-4)
    assert all(float(found[name]) == 0 for name in {"g_path", "d_r1"} - expected.keys())
    # Adam's first step is the sign of a gradient: where that is 0 but for rounding it says nothing.
    off = [float((theirs - mine).detach().abs().mean()) for theirs, mine in pairs(book, ours)]
    assert max(off) < 0.1 * ours.config.learning_rate


def test_lazy_regularisation_slows_both_optimisers_as_published():
    ours = model()
    assert ours.rates == {
        "generator": pytest.approx(4 / 5),
        "discriminator": pytest.approx(16 / 17),
    }
    betas = [ours.optimisers[name].param_groups[0]["betas"] for name in ours.rates]
    assert betas == [(0.0, pytest.approx(0.99**0.8)), (0.0, pytest.approx(0.99 ** (16 / 17)))]


def test_r1_weighs_as_many_times_as_it_is_left_out():
    # Of the same discriminator, at its first step.
    shared = {"r1_gamma": 1.0, "path_weight": 0, "ada_kimg": 0, "learning_rate": 1e-12}
    values = []
    for every in (1, 8):
        ours = model(r1_every=every, **shared)
        torch.manual_seed(1)
        values.append(float(ours.step(batch(), 0)["d_r1"]))
    assert values[1] == pytest.approx(8 * values[0], rel=1e-4)


def test_gamma_follows_the_side_and_the_batch():
    assert model(batch_size=4).gamma == pytest.approx(0.0002 * 16**2 / 4)
    assert model(batch_size=8).gamma == pytest.approx(0.0002 * 16**2 / 8)
    # 2 at 256 px and batch 32, by the published table.
    assert model("stylegan3_t").gamma == pytest.approx(2 * (16 / 256) ** 2 * 32 / 4)
    assert model(r1_gamma=7).gamma == 7
