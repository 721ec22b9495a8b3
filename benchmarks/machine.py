"""What the machine can do, and how steps on it are timed and weighed."""

import ctypes
import math
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import torch
import torch.nn.functional as F

from cytoforge.compute.devices import keep_heap_warm, make_deterministic


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """Return how long one call takes, with what it started on the device."""
    _wait(device)
    start = time.perf_counter()
    work()
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def peak_flops(device: torch.device, dtype: torch.dtype, repeats: int = 12) -> float:
    """Return the most FLOP/s of a matrix product and of a convolution, best of some runs."""
    side, width, pixels = (8192, 512, 64) if device.type == "cuda" else (2048, 256, 64)
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    x = torch.randn(8, width, pixels, pixels, device=device).to(dtype)
    weight = torch.randn(width, width, 3, 3, device=device).to(dtype)
    x, weight = (t.contiguous(memory_format=torch.channels_last) for t in (x, weight))
    works = {
        2.0 * side**3: lambda: a @ b,
        2.0 * 9 * x.numel() * width: lambda: F.conv2d(x, weight, padding=1),
    }
    best = 0.0
    with torch.inference_mode():
        for flops, work in works.items():
            work()
            fastest = min(seconds(work, device) for _ in range(repeats))
            best = max(best, flops / fastest)
    return best


def set_up(ours: bool) -> None:
    """Set the process as our trainings do, or as a plain program finds it."""
    if ours:
        make_deterministic()
        warm_heap()
        return
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.allow_tf32 = True  # torch's default
    fresh_heap()


def warm_heap() -> None:
    """Keep freed memory, as our training does."""
    keep_heap_warm()


def fresh_heap() -> None:
    """Set glibc's heap to what a plain program's has become after some steps.

    glibc raises both thresholds with the blocks that are freed, up to 32 MiB for those it maps
    singly and twice that for what it keeps; larger blocks go back to the system at once.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        return
    trim_threshold, mmap_threshold, mmap_max = -1, -3, -4  # of malloc.h
    libc.mallopt(mmap_max, 65536)
    libc.mallopt(mmap_threshold, 32 * 2**20)
    libc.mallopt(trim_threshold, 64 * 2**20)
    libc.malloc_trim(0)


def peak_megabytes(
    work: Callable[..., float | None], *arguments: object
) -> tuple[float, float | None]:
    """Return the most memory a process takes that does this and nothing else; and what it returns.

    What torch itself takes, about 400 MB, is part of it. NaN where the process was killed.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_weighed, args=(sender, work, *arguments))
    process.start()
    sender.close()
    try:
        found = receiver.recv()
    except EOFError:
        found = (math.nan, None)
    process.join()
    return found  # type: ignore[no-any-return]


def _weighed(sender: Connection, work: Callable[..., float | None], *arguments: object) -> None:
    result = work(*arguments)
    sender.send((memory_of_this_process(), result))


def memory_of_this_process(now: bool = False) -> float:
    """Return the most megabytes it has taken; those it takes now, where the system tells them."""
    # Linux counts what the parent took before it started this process into getrusage's ru_maxrss.
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmRSS" if now else "VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts bytes


def available_megabytes() -> float:
    """Return the memory that programs can still take, infinite where the system does not tell."""
    facts = Path("/proc/meminfo")
    if not facts.exists():
        return math.inf
    lines = dict(line.split(":") for line in facts.read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) / 1024
