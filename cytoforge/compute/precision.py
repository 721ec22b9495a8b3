"""Whether bf16 pays on this device: asked of the device, not of a table."""

import math
import time

import torch

from cytoforge.compute.devices import has_bf16
from cytoforge.compute.memory import out_of_memory
from cytoforge.compute.ranks import world_size
from cytoforge.compute.steps import Batch, Throwaway, Trainable

CHOICES = ("fp32", "bf16")
# bf16 must be clearly faster, so that a noisy probe gives the same answer every time.
WORTHWHILE = 1.2
# Both are measured for so many steps and seconds at least, and the best step of each counts.
STEPS, SECONDS = 4, 2.0


def settle_precision(
    setting: str, device: torch.device, throwaway: Throwaway, chosen_before: str | None = None
) -> tuple[str, str]:
    """Return `fp32` or `bf16` and a sentence for the log; `auto` is decided by measuring on CPUs.

    On a GPU it is bf16 wherever there is: its instructions are several times as fast there, and a
    step taken as it is written, which waits for Python, would not show it.

    Parameters
    ----------
    setting : `fp32`, `bf16` or `auto`
    chosen_before : what an interrupted run had chosen, which is kept
    """
    if setting != "auto":
        return setting, f"precision: {setting}"
    if chosen_before in CHOICES:
        return chosen_before, f"precision: {chosen_before} (chosen before)"
    if not has_bf16(device):
        return "fp32", "precision: fp32 (no bf16 instructions here)"
    if device.type == "cuda":
        return "bf16", "precision: bf16 (this GPU has it)"
    if world_size() > 1:
        # One that found no memory to measure would leave the others waiting for its sums.
        return "fp32", "precision: fp32 (not measured in several processes)"
    seconds = _seconds_per_step(throwaway)
    if math.inf in seconds.values():
        chosen = min(CHOICES, key=lambda choice: seconds[choice])
        return chosen, f"precision: {chosen} (too little memory to measure)"
    gain = seconds["fp32"] / seconds["bf16"]
    chosen = "bf16" if gain > WORTHWHILE else "fp32"
    return chosen, f"precision: {chosen} (measured: a bf16 step is {gain:.2f} times as fast)"


def _seconds_per_step(throwaway: Throwaway) -> dict[str, float]:
    """Return the CPU seconds of each choice, infinitely many where memory does not suffice.

    One model takes steps in both, in turns: two might not fit where training does, and other work
    on the machine meets both alike. (Measured one after the other beside tests, bf16 came out 0.83
    times as fast on a machine where it is 1.5 times.) CPU time, since the clock counts others' too.
    """
    seconds = dict.fromkeys(CHOICES, math.inf)
    try:
        model, batch = throwaway()
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        return seconds
    start, step = time.monotonic(), 0
    while step < STEPS or time.monotonic() - start < SECONDS:
        for choice in CHOICES:
            model.bf16 = choice == "bf16"
            seconds[choice] = min(seconds[choice], _timed_step(model, batch, step))
        step += 1
    return seconds


def _timed_step(model: Trainable, batch: Batch, step: int) -> float:
    start = time.process_time()
    try:
        model.update(model.draw(batch), step)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        return math.inf
    return time.process_time() - start
