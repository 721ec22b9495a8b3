"""A validation that asks its own training to stop, as a cluster does before its time is up."""

import os
import signal
from collections.abc import Callable

import torch


def constant(fake: torch.Tensor, real: torch.Tensor) -> float:
    """A perceptual distance that never changes."""
    return 0.5


def squared(fake: torch.Tensor, real: torch.Tensor) -> float:
    """A distance that tells checkpoints apart."""
    return float((fake - real).square().mean())


def stopping_at(
    call: int,
    distance: Callable[..., float] = constant,
    asking: signal.Signals = signal.SIGUSR1,
) -> Callable[..., float]:
    """The distance, which at its n-th call sends this process a cluster's warning, twice."""
    calls = 0

    def perceptual(fake: torch.Tensor, real: torch.Tensor) -> float:
        nonlocal calls
        calls += 1
        if calls == call:
            for _ in range(2):  # Ctrl-C in a terminal comes from there, and is handed on
                os.kill(os.getpid(), asking)
        return distance(fake, real)

    return perceptual
