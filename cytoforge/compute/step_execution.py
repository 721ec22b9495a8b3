"""A training step made fast for its device: compiled networks, the whole step one CUDA graph.

At batch 1 a GPU computes for a fraction of the time that Python needs to ask it for several
hundred kernels one by one. A CUDA graph asks once. Compiling joins what stands between the
convolutions.

What is done follows from config, device and model, and is tried on a throwaway model first, with
steps of every graph key that the training has: a compiler that is missing or fails costs a line in
the log, and no step of the training.
"""

import gc

import torch

from cytoforge.compute.devices import make_compiler_deterministic
from cytoforge.compute.memory import out_of_memory
from cytoforge.compute.ranks import world_size
from cytoforge.compute.recorded_steps import WARM_UP, RecordedSteps
from cytoforge.compute.steps import Throwaway, Trainable, Update

# Compiling takes minutes on a GPU; below so many steps, at most a few minutes, it is not begun.
COMPILED_FROM = 2000
EAGER = "eager"
Mode = tuple[bool, bool]
"""Whether networks are compiled, whether steps are recorded."""


def accelerate(
    model: Trainable,
    throwaway: Throwaway,
    device: torch.device,
    total_steps: int,
    compile: str = "auto",
    known: str | None = None,
) -> tuple[Update, str, str]:
    """Return the fastest update that works here, the name of its execution mode and a log line.

    Parameters
    ----------
    compile : `auto`, `on` or `off`, as the setting of training
    known : the mode that an interrupted run had chosen: other modes round otherwise
    """
    failures = ""
    for mode in modes(model, device, total_steps, compile):
        words = [word for word, on in zip(("compiled", "CUDA graph"), mode, strict=True) if on]
        name = " and ".join(words)
        if known not in (None, name):
            continue
        failure = _failure(throwaway, device, total_steps, mode)
        if not failure:
            return _prepared(model, mode), name, f"step: {name}{failures}"
        failures += f"; {name}: {failure}"
    return model.update, EAGER, f"step: {EAGER}{failures}"


def modes(
    model: Trainable, device: torch.device, total_steps: int, compile: str = "auto"
) -> list[Mode]:
    """Return which execution modes to try, the fastest first.

    On CPUs compiling is a setting and never chosen by itself: it gained a tenth at batch 8 and
    lost at batch 1.
    """
    on_gpu = device.type == "cuda"
    if compile == "off":
        return []
    compiles = compile == "on" or (on_gpu and total_steps >= COMPILED_FROM)
    records = on_gpu and world_size() == 1 and bool(first_steps(model, total_steps))
    found = [(compiles, records), (False, records)]
    return [mode for k, mode in enumerate(found) if any(mode) and mode not in found[:k]]


def first_steps(model: Trainable, total: int) -> dict[object, int]:
    """Return the first step of every graph key that there is."""
    keys = {model.graph_key(step): step for step in reversed(range(total))}
    keys.pop(None, None)
    return keys


def _failure(throwaway: Throwaway, device: torch.device, total_steps: int, mode: Mode) -> str:
    """Return what goes wrong in a mode, nothing if it works."""
    failure = ""
    try:
        _try_out(throwaway, total_steps, mode)
    except Exception as error:  # compilers raise many types, and none is worth a training
        # Without memory the batch is divided. Of several processes none may go on alone: its sums
        # would meet those of another mode.
        if out_of_memory(error) or world_size() > 1:
            raise
        failure = type(error).__name__
    # Outside `except`, until where the error holds what was tried.
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return failure


def _try_out(throwaway: Throwaway, total_steps: int, mode: Mode) -> None:
    model, tiles = throwaway()
    update = _prepared(model, mode)
    for first in first_steps(model, total_steps).values() or [0]:
        for _ in range(WARM_UP + 2):
            losses = update(model.draw(tiles), first)
    float(sum(losses.values()))  # waits for the device, where errors come late


def _prepared(model: Trainable, mode: Mode) -> Update:
    compiled, recorded = mode
    if compiled:
        make_compiler_deterministic()
        for name, network in model.networks.items():
            if name not in model.differentiated_twice:
                network.compile(dynamic=False)
    return RecordedSteps(model) if recorded else model.update
