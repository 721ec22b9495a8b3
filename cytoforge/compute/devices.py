"""Where training runs: a GPU, or the CPU with its memory kept warm."""

import ctypes
import os
import sys

import torch
from torch import Tensor

from cytoforge.errors import UserError


def pick_device(wanted: str = "auto", threads: int | None = None) -> tuple[torch.device, str]:
    """Return the device to work on, made ready, and a sentence for the log.

    `auto` is the first GPU that this process may see, and the CPU when there is none. Which GPUs
    those are is decided for the whole job (`cytoforge.jobs.gpus.gpu_lease`, or the cluster).

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
        return torch.device("cpu"), f"device: cpu, {torch.get_num_threads()} threads"
    if not torch.cuda.is_available():
        raise UserError("device", "a CUDA device", "none that torch can use", "use `cpu`")
    index = torch.device(wanted).index or 0 if wanted != "auto" else 0
    torch.cuda.set_device(index)
    name = torch.cuda.get_device_name(index)
    return torch.device("cuda", index), f"device: cuda:{index}, {name}"


def make_deterministic() -> None:
    """Same inputs, same seed, same bytes: no algorithm that sums in the order of arrival.

    And fp32 is fp32: by default torch multiplies in convolutions on GPUs with 10 bits (TF32). Who
    wants speed has bf16; penalties of gradients are computed in fp32 because they need it. What has
    no deterministic kernel (averaging in OASIS's wavelet discriminator at unusual tile sizes) is
    named by a warning.
    """
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    # As `use_deterministic_algorithms(True, warn_only=True)`, which also tells the compiler and for
    # that imports it: 3 s of CPU on a slow core, where little is compiled.
    torch.set_deterministic_debug_mode("warn")
    # Would write NaN into all memory taken, which every layer overwrites anyway.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def make_compiler_deterministic() -> None:
    """The same for what torch compiles; to be called before it does."""
    torch.use_deterministic_algorithms(True, warn_only=True)


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


def has_bf16(device: torch.device) -> bool:
    """Return whether the device has instructions for bf16, not a slower emulation."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def has_int8(device: torch.device) -> bool:
    """Return whether the device has instructions that multiply bytes and sum in 32 bits."""
    capable = torch.cpu.get_capabilities().get("avx512_vnni", False)
    return device.type == "cpu" and bool(capable) and hasattr(torch.ops.onednn, "qconv_pointwise")


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a CPU tensor on the device.

    From ordinary memory a copy first waits until the GPU has done all it was given; from pinned
    memory it joins the queue.
    """
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
