import gc
import weakref
from collections.abc import Callable

import pytest
import torch

from cytoforge.compute import precision as precision_module
from cytoforge.compute.devices import pick_device
from cytoforge.compute.precision import settle_precision
from cytoforge.compute.steps import Batch
from cytoforge.errors import UserError
from cytoforge.models.model import ModelSetup
from cytoforge.models.pix2pix.model import Pix2Pix


def test_cpu_with_the_given_threads():
    before = torch.get_num_threads()
    device, line = pick_device("cpu", threads=1)
    assert device.type == "cpu"
    assert line == "device: cpu, 1 threads"
    torch.set_num_threads(before)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_asking_for_a_gpu_that_is_not_there():
    with pytest.raises(UserError, match="CUDA device"):
        pick_device("cuda")


CPU = torch.device("cpu")


def throwaway(setup: ModelSetup) -> Callable[[], tuple[Pix2Pix, Batch]]:
    labels = torch.zeros(2, 128, 128, dtype=torch.uint8)
    tiles = Batch({"labels": labels, "images": torch.zeros(2, 1, 128, 128)})
    return lambda: (Pix2Pix(setup), tiles)


@pytest.fixture
def auto(tiny_config, monkeypatch) -> ModelSetup:
    """A model whose arithmetic is to be settled, on a device that has bf16."""
    monkeypatch.setattr(precision_module, "has_bf16", lambda device: True)
    monkeypatch.setattr(precision_module, "SECONDS", 0)
    config = tiny_config(precision="auto")
    return ModelSetup(config, n_codes=3, channels=1, seed=1, device=torch.device("cpu"))


def test_auto_precision_is_measured_and_kept(auto):
    precision, line = settle_precision("auto", CPU, throwaway(auto))
    assert precision in ("fp32", "bf16")
    assert line.startswith(f"precision: {precision} (measured: ")
    assert settle_precision("auto", CPU, throwaway(auto), chosen_before="bf16")[0] == "bf16"


def test_precision_is_measured_on_one_model_at_a_time(auto):
    # Two beside each other might not fit where training does.
    built: list[weakref.ref[Pix2Pix]] = []
    build = throwaway(auto)

    def watched() -> tuple[Pix2Pix, Batch]:
        assert not [model for model in built if model() is not None]
        model, tiles = build()
        built.append(weakref.ref(model))
        return model, tiles

    settle_precision("auto", CPU, watched)
    gc.collect()
    assert [model() for model in built] == [None]


def test_other_work_on_the_machine_meets_both_precisions(auto, monkeypatch):
    # A burst that lasts for half of the measurement makes every step take ten times as long.
    taken: list[str] = []

    def timed(model, batch, step):
        taken.append("bf16" if model.bf16 else "fp32")
        return {"fp32": 3.0, "bf16": 2.0}[taken[-1]] * (10 if step < 2 else 1)

    monkeypatch.setattr(precision_module, "_timed_step", timed)
    precision, line = settle_precision("auto", CPU, throwaway(auto))
    assert taken == ["fp32", "bf16"] * precision_module.STEPS
    assert (precision, "1.50 times as fast" in line) == ("bf16", True)


@pytest.mark.parametrize(
    ("short_of_memory", "expected"),
    [({"fp32"}, "bf16"), ({"bf16"}, "fp32"), ({"fp32", "bf16"}, "fp32")],
)
def test_too_little_memory_to_measure_settles_it_too(auto, monkeypatch, short_of_memory, expected):
    forward = Pix2Pix.forward

    def scarce(self, micro):
        if ("bf16" if self.bf16 else "fp32") in short_of_memory:
            raise torch.OutOfMemoryError
        return forward(self, micro)

    monkeypatch.setattr(Pix2Pix, "forward", scarce)
    found = settle_precision("auto", CPU, throwaway(auto))
    assert found == (expected, f"precision: {expected} (too little memory to measure)")


@pytest.mark.usefixtures("auto")
def test_a_gpu_is_not_measured(monkeypatch):
    gpu = torch.device("cuda")
    assert settle_precision("auto", gpu, lambda: pytest.fail("built"))[0] == "bf16"
    monkeypatch.setattr(precision_module, "has_bf16", lambda device: False)
    assert settle_precision("auto", gpu, lambda: pytest.fail("built"))[0] == "fp32"


def test_algorithms_are_deterministic_without_the_compiler_that_nothing_needs(
    monkeypatch: pytest.MonkeyPatch,
):
    torch.set_deterministic_debug_mode("default")
    monkeypatch.delattr(torch, "use_deterministic_algorithms")  # imports it
    pick_device("cpu")
    assert torch.get_deterministic_debug_mode() == 1  # chosen where there are any, else a warning
