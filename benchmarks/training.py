"""Time one training step of every model beside a textbook implementation of the same networks.

    python -m benchmarks.training [--quick] [--models pix2pix …] [--batches 1 8] [--threads 2]

The textbook (benchmarks/textbook) is plain eager fp32 with torch's defaults. All ways of taking a
step run in one process and in turns, so that other work on the machine meets all alike: trust the
ratio more than the times. Medians are given.

Heap, deterministic algorithms and TF32 are the process's: before each of our steps they are set as
our training sets them, before each of the textbook's as torch and glibc have them by default in a
program of that kind. Memory on CPUs is measured in a process of its own for each way, two steps; on
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
from cytoforge.compute.instructions import has_bf16
from cytoforge.compute.recorded_steps import WARM_UP

HEADER = "| model | batch | way | s a step | images/s | ratio | GFLOP/s | of peak | peak MB |"
ROUNDS, QUICK_ROUNDS = 9, 3
SECONDS_A_CASE = 90.0  # no further round is begun after


def contestants(model: str, batch: int, device: str) -> list[Contestant]:
    """Return the ways to compare, the textbook first."""
    textbook = Contestant(model, batch, device, ours=False)
    if device == "cuda":
        bf16 = Contestant(model, batch, device, precision="bf16", channels_last=True)
        graph, compiled = replace(bf16, compile="auto"), replace(bf16, compile="on")
        return [textbook, Contestant(model, batch, device), bf16, graph, compiled]
    ours = [Contestant(model, batch), Contestant(model, batch, channels_last=True)]
    if has_bf16(torch.device("cpu")):
        ours += [replace(way, precision="bf16") for way in ours]
    return [textbook, *ours]


def chosen(ways: list[Contestant], names: Sequence[str]) -> list[Contestant]:
    """Return the textbook and the ways named; all when none is."""
    return [way for way in ways if not (way.ours and names) or way.name in names]


def time_in_turns(ways: Sequence[Contestant], rounds: int) -> tuple[list[float], float]:
    """Return median seconds of each way, and the FLOP of a step of the first."""
    device = torch.device(ways[0].device)
    steps = [way.step() for way in ways]
    with FlopCounterMode(display=False) as counter:
        steps[0]()
    warm_up = WARM_UP + 2 if device.type == "cuda" else 2  # optimisers, caches, recordings
    for way, step in list(zip(ways, steps, strict=True)) * warm_up:
        set_up(way.ours)
        step()
    times: list[list[float]] = [[] for _ in ways]
    while len(times[0]) < rounds and sum(map(sum, times)) < SECONDS_A_CASE:
        for way, step, found in zip(ways, steps, times, strict=True):
            set_up(way.ours)
            step()  # not timed: a kept heap was just given back, and would be taken anew in it
            found.append(_a_step(step, device))
    return [statistics.median(found) for found in times], float(counter.get_total_flops())


def _a_step(step: Callable[[], object], device: torch.device) -> float:
    # A GPU is given several steps at once, as in training: it is never waited for in between.
    count = 10 if device.type == "cuda" else 1
    return seconds(lambda: [step() for _ in range(count)], device) / count


def two_steps(way: Contestant, threads: int) -> float:
    """Take two steps, the second with the optimiser's moments; return the MB kept after them."""
    torch.set_num_threads(threads)
    set_up(way.ours)
    step = way.step()
    step()
    step()
    fresh_heap()
    return memory_of_this_process(now=True)


def megabytes(way: Contestant, threads: int) -> tuple[float, float]:
    """Return the most memory two steps take, of the process or on the GPU, and what is kept."""
    if way.device == "cpu":
        peak, kept = peak_megabytes(two_steps, way, threads)
        return peak, peak if kept is None else kept
    set_up(way.ours)
    step = way.step()
    gc.collect()
    torch.cuda.empty_cache()
    for _ in range(WARM_UP + 2):
        step()
    return torch.cuda.memory_reserved() / 2**20, 0.0


def compare(
    ways: Sequence[Contestant], peaks: dict[str, float], rounds: int, threads: int, weigh: bool
) -> list[dict[str, object]]:
    """Return a row of the table a way; empty when they do not fit into memory together."""
    memory, kept = zip(
        *(megabytes(way, threads) if weigh else (math.nan, 0.0) for way in ways), strict=True
    )
    needed = max(memory) + sum(kept)  # one takes its step while all keep their weights
    if ways[0].device == "cpu" and needed > 0.9 * available_megabytes():
        weighed = ", ".join(f"{way.name} {mb:.0f}" for way, mb in zip(ways, memory, strict=True))
        print(f"{ways[0].model}, batch {ways[0].batch_size}: too large; MB: {weighed}")
        return []
    medians, flops = time_in_turns(ways, rounds)
    rows: list[dict[str, object]] = []
    for way, time, peak_mb in zip(ways, medians, memory, strict=True):
        rate = flops / time
        rows.append(
            {
                "model": way.model,
                "batch": way.batch_size,
                "way": way.name,
                "device": way.device,
                "seconds": time,
                "images_a_second": way.batch_size / time,
                "ratio": medians[0] / time,
                "gflops": rate / 1e9,
                "of_peak": rate / peaks[way.precision],
                "peak_mb": peak_mb,
            }
        )
    return rows


def line(row: dict[str, object]) -> str:
    """Return a row as Markdown."""
    return (
        (
            "| {model} | {batch} | {way} | {seconds:.3f} | {images_a_second:.2f} | {ratio:.2f} |"
            " {gflops:.0f} | {of_peak:.0%} | {peak_mb:.0f} |"
        )
        .format(**row)
        .replace("nan", "–")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--ways", nargs="+", default=[], help="of ours, as the table calls them")
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
        types = {"fp32": torch.float32, "bf16": torch.bfloat16}
        peaks = {name: peak_flops(torch.device(device), kind) for name, kind in types.items()}
        measured = ", ".join(f"{name} {peak / 1e9:.0f}" for name, peak in peaks.items())
        print(f"\n{device}, {arguments.threads} CPU threads; peak GFLOP/s: {measured}\n")
        print(HEADER, "|---" * HEADER.count("| ") + "|", sep="\n", flush=True)
        for model in models:
            for batch in batches:
                ways = chosen(contestants(model, batch, device), arguments.ways)
                found = compare(ways, peaks, rounds, arguments.threads, not arguments.no_memory)
                rows += found
                print(*map(line, found), sep="\n", flush=True)
    if arguments.json:
        clean = [{k: None if v != v else v for k, v in row.items()} for row in rows]
        arguments.json.write_text(json.dumps(clean, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
