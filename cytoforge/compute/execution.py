"""A training step made fast for its device: compiled networks, the whole step one CUDA graph.

At batch 1 a GPU computes for a fraction of the time that Python needs to ask it for several
hundred kernels one by one. A CUDA graph asks once. Compiling joins what stands between the
convolutions.

What is done follows from config, device and model, and is tried on a throwaway model first, with
steps of every kind that the training has: a compiler that is missing or fails costs a line in the
log, and no step of the training.
"""

import gc
from collections.abc import Callable

import torch
from torch import Tensor

from cytoforge.compute.memory import out_of_memory
from cytoforge.compute.precision import blank_tiles
from cytoforge.compute.ranks import world_size
from cytoforge.compute.recorded_steps import WARM_UP, RecordedSteps
from cytoforge.models.model import Batch, Model, ModelSetup
from cytoforge.models.registry import build_model

Step = Callable[[Batch, int], dict[str, Tensor]]
"""(tiles, number of the step) → losses, which the next step may overwrite."""

# Compiling takes minutes on a GPU; below so many steps, at most a few minutes, it is not begun.
COMPILED_FROM = 2000
EAGER = "eager"


def accelerate(
    model: Model, setup: ModelSetup, name: str, tile_px: int, known: str | None = None
) -> tuple[Step, str, str]:
    """Return the fastest way to take the model's step that works here, its name and a log line.

    `known` is what an interrupted run had chosen: other ways round otherwise.
    """
    failures = ""
    for compiled, recorded in ways(model, setup):
        words = [word for word, on in (("compiled", compiled), ("CUDA graph", recorded)) if on]
        way = " and ".join(words)
        if known not in (None, way):
            continue
        failure = _failure(setup, name, tile_px, compiled, recorded)
        if not failure:
            return _prepared(model, compiled, recorded), way, f"step: {way}{failures}"
        failures += f"; {way}: {failure}"
    return model.step, EAGER, f"step: {EAGER}{failures}"


def ways(model: Model, setup: ModelSetup) -> list[tuple[bool, bool]]:
    """Return which ways to try, the fastest first: (networks compiled, steps recorded).

    On CPUs compiling is a setting and never chosen by itself: it gained a tenth at batch 8 and
    lost at batch 1.
    """
    wanted, on_gpu = setup.config.compile, setup.device.type == "cuda"
    if wanted == "off":
        return []
    compiles = wanted == "on" or (on_gpu and setup.total_steps >= COMPILED_FROM)
    records = on_gpu and world_size() == 1 and bool(first_steps(model, setup.total_steps))
    found = [(compiles, records), (False, records)]
    return [way for k, way in enumerate(found) if any(way) and way not in found[:k]]


def first_steps(model: Model, total: int) -> dict[object, int]:
    """Return the first step of every kind that can be recorded."""
    kinds = {model.kind(step): step for step in reversed(range(total))}
    kinds.pop(None, None)
    return kinds


def _failure(setup: ModelSetup, name: str, tile_px: int, compiled: bool, recorded: bool) -> str:
    """Return what goes wrong this way, nothing if it works."""
    failure = ""
    try:
        _try_out(setup, name, tile_px, compiled, recorded)
    except Exception as error:  # compilers fail in many ways, and none is worth a training
        # Without memory the batch is divided. Of several processes none may go on alone: its sums
        # would meet those of another way.
        if out_of_memory(error) or world_size() > 1:
            raise
        failure = type(error).__name__
    # Outside `except`, until where the error holds what was tried.
    gc.collect()
    if setup.device.type == "cuda":
        torch.cuda.empty_cache()
    return failure


def _try_out(setup: ModelSetup, name: str, tile_px: int, compiled: bool, recorded: bool) -> None:
    model = build_model(name, setup)
    step, tiles = _prepared(model, compiled, recorded), blank_tiles(setup, tile_px)
    for first in first_steps(model, setup.total_steps).values() or [0]:
        for _ in range(WARM_UP + 2):
            losses = step(tiles, first)
    float(sum(losses.values()))  # waits for the device, where errors come late


def _prepared(model: Model, compiled: bool, recorded: bool) -> Step:
    if compiled:
        for name, network in model.networks.items():
            if name not in model.differentiated_twice:
                network.compile(dynamic=False)
    return RecordedSteps(model) if recorded else model.step
