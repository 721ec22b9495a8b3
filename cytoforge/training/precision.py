"""Whether bf16 pays on this device: asked of the device, not of a table."""

import dataclasses
import math
import time

import torch

from cytoforge.networks.instructions import has_bf16
from cytoforge.ranks import agreed, world_size
from cytoforge.training.model import Batch, ModelSetup
from cytoforge.training.registry import build_model

# bf16 must be clearly faster, so that a noisy probe gives the same answer every time.
WORTHWHILE = 1.2
STEPS = 4


def settle_precision(
    name: str, setup: ModelSetup, tile_px: int, settled: str | None = None
) -> tuple[str, str]:
    """Return `fp32` or `bf16` and a sentence for the log; `auto` is settled by measuring.

    `settled` is what an interrupted run had chosen, which is kept.
    """
    if settled is not None:
        return settled, f"precision: {settled}"
    precision = setup.config.precision
    if precision != "auto":
        return precision, f"precision: {precision}"
    if not has_bf16(setup.device):
        return "fp32", "precision: fp32 (no bf16 instructions here)"
    seconds = _seconds_a_step(name, setup, tile_px)
    gain = agreed(seconds["fp32"] / seconds["bf16"])
    chosen = "bf16" if gain > WORTHWHILE else "fp32"
    return chosen, f"precision: {chosen} (measured: a bf16 step is {gain:.2f} times as fast)"


def _seconds_a_step(name: str, setup: ModelSetup, tile_px: int) -> dict[str, float]:
    # Turn by turn, and the best of each: a burst of other work on the machine meets both.
    choices = ("fp32", "bf16")
    models = {c: build_model(name, dataclasses.replace(setup, precision=c)) for c in choices}
    batch = blank_tiles(setup, tile_px)
    best = dict.fromkeys(choices, math.inf)
    for step in range(STEPS):
        for choice, model in models.items():
            start = time.perf_counter()
            float(sum(model.step(batch, step).values()))  # waits for the device
            best[choice] = min(best[choice], time.perf_counter() - start)
    return best


def blank_tiles(setup: ModelSetup, tile_px: int) -> Batch:
    """Return this process's share of a batch of empty tiles, to try a step on."""
    size = setup.config.batch_size // world_size()
    cells = torch.zeros((size, tile_px, tile_px), dtype=torch.int32, device=setup.device)
    real = torch.zeros((size, setup.channels, tile_px, tile_px), device=setup.device)
    return Batch(cells.to(torch.uint8), cells, real)
