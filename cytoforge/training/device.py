"""Where training runs: a free GPU, or the CPU with its memory kept warm."""

import ctypes
import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from cytoforge.errors import UserError


@contextmanager
def pick_device(
    wanted: str = "auto", threads: int | None = None
) -> Iterator[tuple[torch.device, str]]:
    """Yield the device to train on and a sentence for the log.

    `auto` is a GPU nobody else of this program holds on this machine, the GPU with most free
    memory when all are held, and the CPU when there is none. The hold is a lock on a file, which
    the system drops with the process, however that ends.

    Parameters
    ----------
    wanted : `auto`, `cpu`, `cuda` or `cuda:<index>`
    threads : CPU threads; None leaves torch's choice. Sums depend on it in the last bits, so
        rules give a constant, not what happens to be free.
    """
    make_deterministic()
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        if threads is not None:
            torch.set_num_threads(threads)
        keep_heap_warm()
        yield torch.device("cpu"), f"device: cpu, {torch.get_num_threads()} threads"
        return
    if not torch.cuda.is_available():
        raise UserError("device", "a CUDA device", "none that torch can use", "use `cpu`")
    indices = (
        [torch.device(wanted).index] if ":" in wanted else list(range(torch.cuda.device_count()))
    )
    with hold_one([f"cuda{_identity(index)}" for index in indices]) as held:
        index = indices[held] if held is not None else max(indices, key=_free_memory)
        shared = "" if held is not None else " (shared: all devices are in use)"
        torch.cuda.set_device(index)
        name = torch.cuda.get_device_name(index)
        yield torch.device("cuda", index), f"device: cuda:{index}, {name}{shared}"


@contextmanager
def hold_one(names: list[str], folder: Path | None = None) -> Iterator[int | None]:
    """Hold the first name that no other process holds; yield its index, or None."""
    folder = folder or Path(tempfile.gettempdir())
    for index, name in enumerate(names):
        path = folder / f"cytoforge-{name}.lock"
        descriptor = _open_readable(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        try:
            yield index
        finally:
            os.close(descriptor)
        return
    yield None


def _open_readable(path: Path) -> int:
    # A lock needs no more than reading, and on a shared machine the file may be another user's:
    # Linux refuses O_CREAT on those in /tmp (fs.protected_regular), so that comes second.
    try:
        return os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)


def _identity(index: int) -> str:
    # The card's own id: CUDA_VISIBLE_DEVICES renumbers, so cuda:0 is not the same card everywhere.
    return str(torch.cuda.get_device_properties(index).uuid)


def _free_memory(index: int) -> int:
    return torch.cuda.mem_get_info(index)[0]


def make_deterministic() -> None:
    """Same inputs, same seed, same bytes: no algorithm that sums in the order of arrival."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Would write NaN into all memory taken, which every layer overwrites anyway.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def keep_heap_warm() -> None:
    """Let glibc keep freed memory instead of returning it to the system after every step.

    Activations are freed and taken again each step; getting them back as new zeroed pages costs
    a quarter of a step at batch 1 and 5 % at batch 8 (256 px, 2 cores).
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        return
    trim_threshold, mmap_max = -1, -4  # M_TRIM_THRESHOLD, M_MMAP_MAX of malloc.h
    libc.mallopt(mmap_max, 0)
    libc.mallopt(trim_threshold, 2**31 - 1)
