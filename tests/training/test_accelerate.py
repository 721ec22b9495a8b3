"""In which mode a step is taken follows from config, device and model; none costs a training."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from cytoforge.compute.recorded_steps import RecordedSteps
from cytoforge.compute.step_execution import COMPILED_FROM, accelerate, first_steps, modes
from cytoforge.compute.steps import Batch
from cytoforge.models.model import ModelSetup
from cytoforge.models.oasis.model import Oasis
from cytoforge.models.pix2pix.model import Pix2Pix
from cytoforge.training.data import tensors_of

CPU, GPU = torch.device("cpu"), torch.device("cuda")
N_CODES = 3


def setup_of(config, device=CPU, total_steps=COMPILED_FROM) -> ModelSetup:
    return ModelSetup(config, N_CODES, 2, 5, device, total_steps=total_steps)


def blank(side=128) -> Batch:
    labels = torch.zeros(2, side, side, dtype=torch.uint8)
    return Batch({"labels": labels, "images": torch.zeros(2, 2, side, side)})


def fastest(model, setup, known=None):
    return accelerate(
        model, lambda: (Pix2Pix(setup), blank()), setup.device, setup.total_steps,
        setup.config.compile, known,
    )  # fmt: skip


class Stub:
    def __init__(self, key):
        self.graph_key = lambda step: key


@pytest.mark.parametrize(
    ("device", "compile", "steps", "key", "expected"),
    [
        (CPU, "auto", COMPILED_FROM, False, []),
        (CPU, "off", COMPILED_FROM, False, []),
        (CPU, "on", 1, False, [(True, False)]),
        (GPU, "auto", COMPILED_FROM, False, [(True, True), (False, True)]),
        (GPU, "auto", COMPILED_FROM, None, [(True, False)]),
        (GPU, "auto", COMPILED_FROM - 1, False, [(False, True)]),
        (GPU, "auto", COMPILED_FROM - 1, None, []),
        (GPU, "on", 1, False, [(True, True), (False, True)]),
        (GPU, "off", COMPILED_FROM, False, []),
    ],
)
def test_the_modes_to_try(device, compile, steps, key, expected):
    assert modes(Stub(key), device, steps, compile) == expected


def test_every_graph_key_is_tried(tiny_settings):
    config = tiny_settings("oasis", supervision="usis", r1_every=4)
    assert first_steps(Oasis(setup_of(config)), 10) == {True: 0, False: 1}
    assert first_steps(Pix2Pix(setup_of(tiny_settings("pix2pix", pool_size=3))), 10) == {}


def test_a_compiler_that_fails_costs_a_line(tiny_config, monkeypatch):
    def broken(network, **settings):
        raise RuntimeError("no C++ compiler")

    monkeypatch.setattr(nn.Module, "compile", broken)
    setup = setup_of(tiny_config(compile="on"))
    model = Pix2Pix(setup)
    before = [weight.clone() for weight in model.networks["generator"].parameters()]
    update, mode, line = fastest(model, setup)
    assert (update, mode, line) == (model.update, "eager", "step: eager; compiled: RuntimeError")
    for weight, old in zip(model.networks["generator"].parameters(), before, strict=True):
        assert torch.equal(weight, old)


def test_what_an_interrupted_run_had_chosen_is_kept(tiny_config, monkeypatch):
    monkeypatch.setattr(nn.Module, "compile", lambda network, **settings: None)
    setup = setup_of(tiny_config(compile="on"))
    model = Pix2Pix(setup)
    chosen = [fastest(model, setup, known)[1] for known in (None, "eager")]
    assert chosen == ["compiled", "eager"]


def test_too_little_memory_is_for_the_loop_to_settle(tiny_config, monkeypatch):
    def too_big(network, **settings):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(nn.Module, "compile", too_big)
    setup = setup_of(tiny_config(compile="on"))
    with pytest.raises(torch.OutOfMemoryError):
        fastest(Pix2Pix(setup), setup)


def test_what_is_differentiated_twice_is_not_compiled(tiny_config, monkeypatch):
    compiled = []
    monkeypatch.setattr(nn.Module, "compile", lambda network, **_: compiled.append(type(network)))
    setup = setup_of(tiny_config(compile="on", gan_mode="wgan_gp", norm="instance"))
    fastest(Pix2Pix(setup), setup)
    assert {kind.__name__ for kind in compiled} == {"UNet"}


def two_tiles(tiny_data, device):
    planes = tensors_of(tiny_data.train, ("images", "labels"), device)
    return Batch({name: plane[:2] for name, plane in planes.items()})


@pytest.mark.slow
def test_a_compiled_step_is_the_eager_one_but_for_rounding(tiny_config, tiny_data):
    config = tiny_config(
        compile="on", norm="none", dropout=False, generator="unet_16", discriminator="pixel"
    )
    setup = setup_of(config)
    eager, compiled = (Pix2Pix(setup) for _ in range(2))
    update, _, line = fastest(compiled, setup)
    if line != "step: compiled":
        pytest.skip(line)
    tiles = two_tiles(tiny_data(), CPU)
    expected, found = eager.step(tiles, 0), update(tiles, 0)
    for name, loss in expected.items():
        torch.testing.assert_close(found[name], loss, atol=1e-5, rtol=1e-4)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_recorded_step_is_the_eager_one(tiny_config, tiny_data):
    setup = setup_of(tiny_config(norm="none"), torch.device("cuda"))
    eager, recorded = (Pix2Pix(replace(setup)) for _ in range(2))
    update, tiles = RecordedSteps(recorded), two_tiles(tiny_data(), torch.device("cuda"))
    for k in range(6):
        losses = []
        for model, each in ((eager, eager.update), (recorded, update)):
            for optimiser in model.optimisers.values():
                optimiser.param_groups[0]["lr"] = 1e-4 / (k + 1)  # the rate is read at each replay
            torch.manual_seed(k)  # dropout is drawn again at each replay
            losses.append({name: float(loss) for name, loss in each(model.draw(tiles), k).items()})
        assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    pairs = zip(
        eager.networks["generator"].parameters(),
        recorded.networks["generator"].parameters(),
        strict=True,
    )
    for mine, theirs in pairs:
        torch.testing.assert_close(theirs, mine, atol=1e-4, rtol=1e-3)
