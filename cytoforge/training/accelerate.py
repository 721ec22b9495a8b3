"""A training step made fast for its device: compiled networks, the whole step one CUDA graph.

At batch 1 a GPU computes for a fraction of the time that Python needs to ask it for several
hundred kernels one by one. A CUDA graph asks once. Compiling joins what stands between the
convolutions.

What is done follows from config, device and model, and is tried on a throwaway model first: a
compiler that is missing or fails costs a line in the log, and no step of the training.
"""

import gc
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from cytoforge.ranks import world_size
from cytoforge.training.model import Batch, Model, ModelSetup
from cytoforge.training.precision import blank_tiles
from cytoforge.training.registry import build_model

Step = Callable[[Batch, int], dict[str, Tensor]]
"""(tiles, number of the step) → losses, which the next step may overwrite."""

WARM_UP = 3  # steps before a graph is captured: cuDNN and Triton choose their kernels in them
# Compiling takes minutes on a GPU; below so many steps, at most a few minutes, it is not begun.
COMPILED_FROM = 2000


def accelerate(model: Model, setup: ModelSetup, name: str, tile_px: int) -> tuple[Step, str]:
    """Return the fastest way to take the model's step that works here, and a line for the log."""
    failures = []
    for compiled, captured in ways(model, setup):
        words = [word for word, on in (("compiled", compiled), ("CUDA graph", captured)) if on]
        try:
            _try_out(setup, name, tile_px, compiled, captured)
        except torch.OutOfMemoryError:
            raise  # the loop then divides the batch
        except Exception as error:  # compilers fail in many ways, and none is worth a training
            failures.append(f"; {' and '.join(words)}: {type(error).__name__}")
            continue
        return _prepared(model, compiled, captured), f"step: {', '.join(words)}" + "".join(failures)
    return model.step, "step: eager" + "".join(failures)


def ways(model: Model, setup: ModelSetup) -> list[tuple[bool, bool]]:
    """Return which ways to try, the fastest first: (networks compiled, step captured).

    On CPUs compiling is a setting and never chosen by itself: it gained a tenth at batch 8 and
    lost at batch 1.
    """
    wanted, on_gpu = setup.config.compile, setup.device.type == "cuda"
    if wanted == "off":
        return []
    compiles = wanted == "on" or (on_gpu and setup.total_steps >= COMPILED_FROM)
    captures = on_gpu and world_size() == 1 and model.same_every_step
    found = [(compiles, captures), (False, captures)]
    return [way for k, way in enumerate(found) if any(way) and way not in found[:k]]


def _try_out(setup: ModelSetup, name: str, tile_px: int, compiled: bool, captured: bool) -> None:
    step = _prepared(build_model(name, setup), compiled, captured)
    tiles = blank_tiles(setup, tile_px)
    for k in range(WARM_UP + 2):
        losses = step(tiles, k)
    float(sum(losses.values()))  # waits for the device, where errors come late
    del step, losses
    gc.collect()


def _prepared(model: Model, compiled: bool, captured: bool) -> Step:
    if compiled:
        for network in model.networks.values():
            network.compile(dynamic=False)
    return CapturedStep(model) if captured else model.step


class CapturedStep:
    """A model's step, the fourth time recorded as one CUDA graph and from then on replayed.

    Weights, moments and random states are those of the model: only the order of work is recorded.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.warm = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.tiles: Batch
        self.losses: dict[str, Tensor]
        self.rates: list[tuple[Tensor, dict[str, Any]]] = []

    def __call__(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Take a step; the losses are valid until the next one."""
        if self.warm < WARM_UP:
            self.warm += 1
            return self._on_a_side_stream(batch, step)
        if self.graph is None:
            self.graph = self._captured(batch, step)
        for mine, given in zip(vars(self.tiles).values(), vars(batch).values(), strict=True):
            mine.copy_(given)
        for rate, group in self.rates:
            rate.fill_(group["lr"])
        self.graph.replay()
        return self.losses

    def _on_a_side_stream(self, batch: Batch, step: int) -> dict[str, Tensor]:
        # What libraries set up at first use must not happen on the stream that is recorded later.
        side, main = torch.cuda.Stream(), torch.cuda.current_stream()
        side.wait_stream(main)
        with torch.cuda.stream(side):
            losses = self.model.step(batch, step)
        main.wait_stream(side)
        return losses

    def _captured(self, batch: Batch, step: int) -> torch.cuda.CUDAGraph:
        """Record a step, which does not take it."""
        self.tiles = Batch(*(tensor.clone() for tensor in vars(batch).values()))
        groups = [g for o in self.model.optimisers.values() for g in o.param_groups]
        rates = [group["lr"] for group in groups]
        for network in self.model.networks.values():
            network.zero_grad(set_to_none=True)  # gradients are to lie in the graph's own memory
        self.rates = [(torch.tensor(g["lr"], device=batch.real.device), g) for g in groups]
        for tensor, group in self.rates:
            group.update(lr=tensor, capturable=True)  # read on the device, at each replay
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self.losses = self.model.step(self.tiles, step)
        finally:
            for rate, group in zip(rates, groups, strict=True):
                group.update(lr=rate, capturable=False)
        return graph
