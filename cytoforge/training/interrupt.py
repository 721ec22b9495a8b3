"""Leaving in good order when a cluster, or a person, asks."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 75  # EX_TEMPFAIL of sysexits.h: nothing is wrong, try again
# A scheduler's end of time and its warning before; Ctrl-C; a closed terminal or lost connection.
ASKING = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGHUP)


class TrainingInterrupted(SystemExit):
    """Training saved its state and left; the same command continues. Exit code 75."""

    def __init__(self, step: int) -> None:
        super().__init__(INTERRUPTED)
        self.step = step


class StopRequest:
    """Set once a signal has asked training to stop: the first one's name."""

    signal: str | None = None


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Turn the signals that ask to end into a request.

    The loop looks at it after each step, so no signal ever interrupts an update halfway; Ctrl-C
    reaches all processes of a terminal at once, and those that hand it on repeat it. A signal that
    is ignored stays so: `nohup` is to outlive its terminal. Outside the main thread Python allows
    no handlers, and signals keep their meaning.
    """
    request = StopRequest()

    def note(number: int, frame: FrameType | None) -> None:
        request.signal = request.signal or signal.Signals(number).name

    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    heard = [number for number in ASKING if signal.getsignal(number) is not signal.SIG_IGN]
    previous = {number: signal.signal(number, note) for number in heard}
    try:
        yield request
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
