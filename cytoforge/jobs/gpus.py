"""Which GPUs of this machine a job may use, without importing torch (which costs a dry run 1.2 s).

Snakemake counts GPUs but hands out no numbers: two training jobs at once would both take GPU 0.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from cytoforge.errors import UserError

VISIBLE = "CUDA_VISIBLE_DEVICES"
# Set by schedulers that choose GPUs themselves: SLURM, PBS, LSF, Grid Engine.
SCHEDULERS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "SGE_TASK_ID")


def visible_gpus(device_folder: Path = Path("/dev")) -> list[str]:
    """Return the names of the NVIDIA GPUs that a process started now may use.

    CUDA_VISIBLE_DEVICES, where set, names them; otherwise the driver's device files are counted.
    """
    visible = os.environ.get(VISIBLE)
    if visible is not None:
        names = [name.strip() for name in visible.split(",")]
        return [name for name in names if name not in ("", "-1")]
    return [str(index) for index in range(len(list(device_folder.glob("nvidia[0-9]*"))))]


def count_gpus(device_folder: Path = Path("/dev")) -> int:
    """Count the NVIDIA GPUs that a process started now may use."""
    return len(visible_gpus(device_folder))


@contextmanager
def gpu_lease(
    count: int, folder: Path | None = None, device_folder: Path = Path("/dev")
) -> Iterator[list[str]]:
    """Take `count` GPUs that no other job on this machine holds; yield their names.

    Each is locked by a file, which the system frees when the process ends, however it ends;
    CUDA_VISIBLE_DEVICES names them to CUDA. Waits until enough are free. Does nothing without GPUs,
    or under a cluster's scheduler, which has chosen them.

    Raises
    ------
    UserError : more are asked for than the machine has
    """
    gpus = visible_gpus(device_folder)
    if not count or not gpus or any(name in os.environ for name in SCHEDULERS):
        yield []
        return
    if count > len(gpus):
        raise UserError(
            where="resources, gpu",
            expected=f"at most the {len(gpus)} of this machine",
            found=str(count),
            fix=f"set `processes: {len(gpus)}` in the model's training, or fewer",
        )
    folder = folder or Path(tempfile.gettempdir())
    with ExitStack() as held:
        chosen = _take(count, gpus, folder, held)
        os.environ[VISIBLE] = ",".join(chosen)
        print(f"GPU {', '.join(chosen)} ({VISIBLE})", flush=True)
        yield chosen


def _take(count: int, gpus: list[str], folder: Path, held: ExitStack) -> list[str]:
    while True:
        with ExitStack() as attempt:
            free: list[str] = []
            for gpu in gpus:
                if _lock(folder / f"cytoforge-gpu-{gpu.replace('/', '_')}.lock", attempt):
                    free.append(gpu)
                if len(free) == count:
                    held.push(attempt.pop_all())
                    return free
        print("waiting for a free GPU", flush=True)
        time.sleep(2)


def _lock(path: Path, held: ExitStack) -> bool:
    descriptor = _open_readable(path)
    held.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_readable(path: Path) -> int:
    # A lock needs no more than reading, and on a shared machine the file may be another user's:
    # Linux refuses O_CREAT on those in /tmp (fs.protected_regular), so that comes second.
    try:
        return os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        with suppress(PermissionError):  # made by another user in this very moment
            os.fchmod(descriptor, 0o644)  # whatever the umask: the next user is to see the lock
        return descriptor
