"""One training in several processes of this machine: started, asked to stop, seen to their end.

Process 0 alone writes, and ends well only once everything is written. Its end is therefore that of
the training: what becomes of the others afterwards changes nothing.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM
from typing import NoReturn

import torch.distributed as dist

from cytoforge.training.interrupt import (
    INTERRUPTED,
    StopRequest,
    TrainingInterrupted,
    stop_on_signals,
)

MEETING = "CYTOFORGE_MEETING"  # the file by which the processes find each other
POLL_S = 0.05
LEAVE_S = 10  # for the others, once one has failed or process 0 has written everything
GRACE_S = 100  # for saving when asked to leave; a cluster warns two minutes before


def run_together(command: Sequence[str], count: int, environment: Mapping[str, str]) -> int:
    """Run a command that calls `meet` `count` times at once; return process 0's exit code.

    Signals that ask to stop are handed on, once; the processes then save and leave.

    Raises
    ------
    TrainingInterrupted : asked to stop, they left before the end
    """
    with tempfile.TemporaryDirectory(prefix="cytoforge-") as folder, stop_on_signals() as stop:
        shared = {MEETING: str(Path(folder) / "meeting"), "WORLD_SIZE": str(count)}
        # Training sets its own threads; all else has one core per process at most.
        shared = {"OMP_NUM_THREADS": "1", **environment, **shared}
        with _started(command, [{**shared, "RANK": str(k)} for k in range(count)]) as running:
            _wait(running, stop)
        first = running[0].returncode
    if first == INTERRUPTED or (first and stop.signal):
        raise TrainingInterrupted(-1)
    return first


@contextmanager
def _started(
    command: Sequence[str], environments: Sequence[Mapping[str, str]]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start one process per environment; none of them outlives the context."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        for environment in environments:
            running.append(subprocess.Popen(command, env=dict(environment)))
        yield running
    finally:
        for process in running:
            process.kill()  # nothing to one that has ended
            process.wait()


def _wait(running: Sequence[subprocess.Popen[bytes]], stop: StopRequest) -> None:
    """Wait for all to end, for none longer than it may take."""
    deadline, asked = float("inf"), False
    while time.monotonic() < deadline:
        codes = [process.poll() for process in running]
        if None not in codes:
            return
        if stop.signal and not asked:
            asked, deadline = True, min(deadline, time.monotonic() + GRACE_S)
            for process in running:
                process.send_signal(SIGTERM)
        # One that failed leaves the others in the middle of a step, which they may never know.
        if codes[0] == 0 or any(codes):
            deadline = min(deadline, time.monotonic() + LEAVE_S)
        time.sleep(POLL_S)


def meet(backend: str) -> None:
    """Find the other processes of `run_together`; from now on they compute together."""
    dist.init_process_group(
        backend,
        init_method=f"file://{os.environ[MEETING]}",
        rank=int(os.environ["RANK"]),
        world_size=int(os.environ["WORLD_SIZE"]),
    )


def leave(code: int) -> NoReturn:
    """End this process at once, with what it has printed.

    Not by the interpreter's way out: there one run in about 22 was aborted on a busy machine, its
    work done and written ("terminate called without an active exception"; the cause was not found,
    a thread of the connections is likely).
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
