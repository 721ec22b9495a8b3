"""Which way a step is taken follows from config, device and model; none costs a training."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from cytoforge.compute.execution import COMPILED_FROM, accelerate, first_steps, ways
from cytoforge.compute.recorded_steps import RecordedSteps
from cytoforge.models.model import ModelSetup
from cytoforge.models.oasis.model import Oasis
from cytoforge.models.pix2pix.model import Pix2Pix
from cytoforge.training.data import as_batch

CPU, GPU = torch.device("cpu"), torch.device("cuda")
N_CODES = 3


def setup_of(config, device=CPU, total_steps=COMPILED_FROM) -> ModelSetup:
    return ModelSetup(config, N_CODES, 2, 5, device, total_steps=total_steps)


class Stub:
    def __init__(self, kind):
        self.kind = lambda step: kind


@pytest.mark.parametrize(
    ("device", "compile", "steps", "kind", "expected"),
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
def test_the_ways_to_try(tiny_config, device, compile, steps, kind, expected):
    setup = setup_of(tiny_config(compile=compile), device, steps)
    assert ways(Stub(kind), setup) == expected


def test_every_kind_of_step_is_tried(tiny_settings):
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
    step, way, line = accelerate(model, setup, "pix2pix", 128)
    assert (step, way, line) == (model.step, "eager", "step: eager; compiled: RuntimeError")
    for weight, old in zip(model.networks["generator"].parameters(), before, strict=True):
        assert torch.equal(weight, old)


def test_what_an_interrupted_run_had_chosen_is_kept(tiny_config, monkeypatch):
    monkeypatch.setattr(nn.Module, "compile", lambda network, **settings: None)
    setup = setup_of(tiny_config(compile="on"))
    model = Pix2Pix(setup)
    chosen = [accelerate(model, setup, "pix2pix", 128, known)[1] for known in (None, "eager")]
    assert chosen == ["compiled", "eager"]


def test_too_little_memory_is_for_the_loop_to_settle(tiny_config, monkeypatch):
    def too_big(network, **settings):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(nn.Module, "compile", too_big)
    setup = setup_of(tiny_config(compile="on"))
    with pytest.raises(torch.OutOfMemoryError):
        accelerate(Pix2Pix(setup), setup, "pix2pix", 128)


def test_what_is_differentiated_twice_is_not_compiled(tiny_config, monkeypatch):
    compiled = []
    monkeypatch.setattr(nn.Module, "compile", lambda network, **_: compiled.append(type(network)))
    setup = setup_of(tiny_config(compile="on", gan_mode="wgan_gp", norm="instance"))
    accelerate(Pix2Pix(setup), setup, "pix2pix", 128)
    assert {kind.__name__ for kind in compiled} == {"UNet"}


def two_tiles(tiny_data, device):
    tiles = tiny_data.images[:2], tiny_data.labels[:2], tiny_data.instances[:2]
    return as_batch(*tiles, device)


@pytest.mark.slow
def test_a_compiled_step_is_the_eager_one_but_for_rounding(tiny_config, tiny_data):
    config = tiny_config(compile="on", norm="none", dropout=False)
    setup = setup_of(config)
    eager, compiled = (Pix2Pix(setup) for _ in range(2))
    step, _, line = accelerate(compiled, setup, "pix2pix", 128)
    if line != "step: compiled":
        pytest.skip(line)
    tiles = two_tiles(tiny_data(), CPU)
    expected, found = eager.step(tiles, 0), step(tiles, 0)
    for name, loss in expected.items():
        torch.testing.assert_close(found[name], loss, atol=1e-5, rtol=1e-4)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_recorded_step_is_the_eager_one(tiny_config, tiny_data):
    setup = setup_of(tiny_config(norm="none"), torch.device("cuda"))
    eager, recorded = (Pix2Pix(replace(setup)) for _ in range(2))
    step, tiles = RecordedSteps(recorded), two_tiles(tiny_data(), torch.device("cuda"))
    for k in range(6):
        losses = []
        for model, take in ((eager, eager.step), (recorded, step)):
            for optimiser in model.optimisers.values():
                optimiser.param_groups[0]["lr"] = 1e-4 / (k + 1)  # the rate is read at each replay
            torch.manual_seed(k)  # dropout draws anew at each replay
            losses.append({name: float(loss) for name, loss in take(tiles, k).items()})
        assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    pairs = zip(
        eager.networks["generator"].parameters(),
        recorded.networks["generator"].parameters(),
        strict=True,
    )
    for mine, theirs in pairs:
        torch.testing.assert_close(theirs, mine, atol=1e-4, rtol=1e-3)
