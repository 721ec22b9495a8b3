"""Whether bf16 pays on this device: asked of the device, not of a table."""

import time

import torch

from cytoforge.training.model import ModelSetup
from cytoforge.training.registry import build_model

# bf16 must be clearly faster, so that a noisy probe gives the same answer every time.
WORTHWHILE = 1.2
STEPS = 3


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
    seconds = {choice: _seconds_a_step(name, setup, choice, tile_px) for choice in ("fp32", "bf16")}
    gain = seconds["fp32"] / seconds["bf16"]
    chosen = "bf16" if gain > WORTHWHILE else "fp32"
    return chosen, f"precision: {chosen} (measured: a bf16 step is {gain:.2f} times as fast)"


def has_bf16(device: torch.device) -> bool:
    """Has the device instructions for bf16, rather than an emulation that is slower than fp32?"""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def _seconds_a_step(name: str, setup: ModelSetup, precision: str, tile_px: int) -> float:
    config, device = setup.config, setup.device
    probe = ModelSetup(config, setup.n_codes, setup.channels, setup.seed, device, precision)
    model = build_model(name, probe)
    size = config.batch_size, tile_px, tile_px
    labels = torch.zeros(size, dtype=torch.uint8, device=device)
    real = torch.zeros((size[0], setup.channels, *size[1:]), device=device)
    times = []
    for _ in range(STEPS):
        start = time.perf_counter()
        losses = model.step(labels, real)
        float(sum(losses.values()))  # waits for the device
        times.append(time.perf_counter() - start)
    return min(times)
