"""Time one training step of every model beside a textbook implementation of the same networks.

    python -m benchmarks.training [--quick] [--models pix2pix …] [--batches 1 8] [--threads 2]

The textbook (benchmarks/textbook) is plain eager fp32 with torch's defaults. All execution modes
of a step run in one process and in turns, so that other work on the machine affects all alike:
trust the ratio more than the times. Medians are given.

Heap, deterministic algorithms and TF32 are the process's: before each of our steps they are set as
our training sets them, before each of the textbook's as torch and glibc have them by default in a
program of that kind. Memory on CPUs is measured in a process of its own per mode, two steps; on
a GPU it is what torch holds after some steps.

On a GPU the larger batches show the best one: `--devices cuda --batches 1 8 16 32 64`.

FLOP/s are those of the textbook's step (torch.utils.flop_counter) in the time taken; the peak is
the best of a matrix product and a convolution in the same precision, measured at the start.
"""

import argparse
import gc
import json
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.contestants import SETTINGS, Contestant
from benchmarks.machine import (
    available_megabytes,
    fresh_heap,
    memory_of_this_process,
    peak_flops,
    peak_megabytes,
    seconds,
    set_up,
)
from cytoforge.compute.devices import has_bf16
from cytoforge.compute.recorded_steps import WARM_UP

HEADER = "| model | batch | mode | s per step | images/s | ratio | GFLOP/s | of peak | peak MB |"
ROUNDS, QUICK_ROUNDS = 9, 3
SECONDS_PER_CASE = 90.0  # no further round is begun after


def contestants(model: str, batch: int, device: str) -> list[Contestant]:
    """Return the execution modes to compare, the textbook first."""
    textbook = Contestant(model, batch, device, ours=False)
    if device == "cuda":
        bf16 = Contestant(model, batch, device, precision="bf16", channels_last=True)
        graph, compiled = replace(bf16, compile="auto"), replace(bf16, compile="on")
        return [textbook, Contestant(model, batch, device), bf16, graph, compiled]
    ours = [Contestant(model, batch), Contestant(model, batch, channels_last=True)]
    if has_bf16(torch.device("cpu")):
        ours += [replace(mode, precision="bf16") for mode in ours]
    return [textbook, *ours]


def chosen(modes: list[Contestant], names: Sequence[str]) -> list[Contestant]:
    """Return the textbook and the modes named; all when none is."""
    return [mode for mode in modes if not (mode.ours and names) or mode.name in names]


def time_in_turns(modes: Sequence[Contestant], rounds: int) -> tuple[list[float], float]:
    """Return median seconds of each mode, and the FLOP of a step of the first."""
    device = torch.device(modes[0].device)
    steps = [mode.step() for mode in modes]
    with FlopCounterMode(display=False) as counter:
        steps[0]()
    warm_up = WARM_UP + 2 if device.type == "cuda" else 2  # optimisers, caches, recordings
    for mode, step in list(zip(modes, steps, strict=True)) * warm_up:
        set_up(mode.ours)
        step()
    times: list[list[float]] = [[] for _ in modes]
    while len(times[0]) < rounds and sum(map(sum, times)) < SECONDS_PER_CASE:
        for mode, step, found in zip(modes, steps, times, strict=True):
            set_up(mode.ours)
            step()  # not timed: a kept heap was just given back, and would be allocated again in it
            found.append(_seconds_per_step(step, device))
    return [statistics.median(found) for found in times], float(counter.get_total_flops())


def _seconds_per_step(step: Callable[[], object], device: torch.device) -> float:
    # A GPU is given several steps at once, as in training: it is never waited for in between.
    count = 10 if device.type == "cuda" else 1
    return seconds(lambda: [step() for _ in range(count)], device) / count


def two_steps(mode: Contestant, threads: int) -> float:
    """Take two steps, the second with the optimiser's moments; return the MB kept after them."""
    torch.set_num_threads(threads)
    set_up(mode.ours)
    step = mode.step()
    step()
    step()
    fresh_heap()
    return memory_of_this_process(now=True)


def megabytes(mode: Contestant, threads: int) -> tuple[float, float]:
    """Return the most memory two steps take, of the process or on the GPU, and what is kept."""
    if mode.device == "cpu":
        peak, kept = peak_megabytes(two_steps, mode, threads)
        return peak, peak if kept is None else kept
    set_up(mode.ours)
    step = mode.step()
    gc.collect()
    torch.cuda.empty_cache()
    for _ in range(WARM_UP + 2):
        step()
    return torch.cuda.memory_reserved() / 2**20, 0.0


def compare(
    modes: Sequence[Contestant], peaks: dict[str, float], rounds: int, threads: int, weigh: bool
) -> list[dict[str, object]]:
    """Return one row per mode; empty when they do not fit into memory together."""
    memory, kept = zip(
        *(megabytes(mode, threads) if weigh else (math.nan, 0.0) for mode in modes), strict=True
    )
    needed = max(memory) + sum(kept)  # one takes its step while all keep their weights
    if modes[0].device == "cpu" and needed > 0.9 * available_megabytes():
        weighed = ", ".join(f"{mode.name} {mb:.0f}" for mode, mb in zip(modes, memory, strict=True))
        print(f"{modes[0].model}, batch {modes[0].batch_size}: too large; MB: {weighed}")
        return []
    medians, flops = time_in_turns(modes, rounds)
    rows: list[dict[str, object]] = []
    for mode, time, peak_mb in zip(modes, medians, memory, strict=True):
        rate = flops / time
        rows.append(
            {
                "model": mode.model,
                "batch": mode.batch_size,
                "mode": mode.name,
                "device": mode.device,
                "seconds": time,
                "images_per_second": mode.batch_size / time,
                "ratio": medians[0] / time,
                "gflops": rate / 1e9,
                "of_peak": rate / peaks[mode.precision],
                "peak_mb": peak_mb,
            }
        )
    return rows


def line(row: dict[str, object]) -> str:
    """Return a row as Markdown."""
    return (
        (
            "| {model} | {batch} | {mode} | {seconds:.3f} | {images_per_second:.2f} | {ratio:.2f} |"
            " {gflops:.0f} | {of_peak:.0%} | {peak_mb:.0f} |"
        )
        .format(**row)
        .replace("nan", "–")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--modes", nargs="+", default=[], help="of ours, as the table calls them")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--devices", nargs="+", choices=["cpu", "cuda"])
    parser.add_argument("--quick", action="store_true", help="3 rounds of pix2pix at batch 1")
    parser.add_argument("--no-memory", action="store_true", help="do not measure peak memory")
    parser.add_argument("--json", type=Path, help="write the rows to this file as well")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    models = ["pix2pix"] if arguments.quick else arguments.models
    batches = [1] if arguments.quick else arguments.batches
    rounds = QUICK_ROUNDS if arguments.quick else ROUNDS
    rows: list[dict[str, object]] = []
    for device in arguments.devices or (["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]):
        types = {"fp32": torch.float32}
        # A processor that has no bf16 takes minutes for the products whose speed is measured.
        if device == "cuda" or has_bf16(torch.device(device)):
            types["bf16"] = torch.bfloat16
        peaks = {name: peak_flops(torch.device(device), dtype) for name, dtype in types.items()}
        measured = ", ".join(f"{name} {peak / 1e9:.0f}" for name, peak in peaks.items())
        print(f"\n{device}, {arguments.threads} CPU threads; peak GFLOP/s: {measured}\n")
        print(HEADER, "|---" * HEADER.count("| ") + "|", sep="\n", flush=True)
        for model in models:
            for batch in batches:
                modes = chosen(contestants(model, batch, device), arguments.modes)
                found = compare(modes, peaks, rounds, arguments.threads, not arguments.no_memory)
                rows += found
                print(*map(line, found), sep="\n", flush=True)
    if arguments.json:
        clean = [{k: None if v != v else v for k, v in row.items()} for row in rows]
        arguments.json.write_text(json.dumps(clean, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
