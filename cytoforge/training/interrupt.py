"""Leaving in good order when a cluster, or a person, asks."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 75  # EX_TEMPFAIL of sysexits.h: nothing is wrong, try again


class TrainingInterrupted(SystemExit):
    """Training saved its state and left; the same command continues. Exit code 75."""

    def __init__(self, step: int) -> None:
        super().__init__(INTERRUPTED)
        self.step = step


class StopRequest:
    """Set once a signal has asked training to stop."""

    signal: str | None = None


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Turn SIGTERM and SIGUSR1 (a cluster's warning before its time limit) into a request.

    The loop looks at it after each step, so no signal ever interrupts an update halfway. Outside
    the main thread Python allows no handlers, and signals keep their meaning.
    """
    request = StopRequest()

    def note(number: int, frame: FrameType | None) -> None:
        request.signal = signal.Signals(number).name

    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    previous = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGUSR1)}
    try:
        yield request
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
