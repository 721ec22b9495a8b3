"""Files that arrive late, as on a network folder that two machines see: each job runs at once with
the truth, and the scheduler sees what a job has made some seconds later.

Two folders stand for the two views. Jobs mount the first one over results/ in a namespace of their
own (sitecustomize.py in `late_jobs`, which Python runs first in every process); a thread copies
what is new there into the second one, the scheduler's, after the delay. What this leaves out: old
content under a known name, and attributes that lag behind content.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.campaign import Campaign
from benchmarks.faults.mounts import may_mount
from benchmarks.faults.scheduler import start
from benchmarks.faults.trial import Trial

JOBS = Path(__file__).parent / "late_jobs"
# Delay and latency-wait in seconds: Snakemake's own wait, and that of profiles/slurm.
TRIALS = ((2, 15), (20, 3), (20, 60))


def trials(campaign: Campaign) -> Iterator[Trial]:
    """Yield a trial a delay; one longer than the wait must be said, and cured by running again."""
    if not may_mount(campaign.workspace):
        print("late      skipped: needs root, and the right to mount")
        return
    for delay, wait in TRIALS[:1] if campaign.short else TRIALS:
        yield _trial(campaign, delay, wait)


def _trial(campaign: Campaign, delay: int, wait: int) -> Trial:
    project = campaign.fresh(f"late-{delay}-{wait}")
    truth = project.folder / "truth"
    truth.mkdir()
    (project.folder / "results").mkdir()
    environment = {"PYTHONPATH": str(JOBS), "LATE_TRUTH": str(truth)}
    with _arriving(truth, project.folder / "results", delay):
        late = start(project, campaign.target, f"--latency-wait={wait}", environment=environment)
        late.wait()
    ended = late.process.returncode
    expected = delay < wait
    unclear = ""
    if expected == bool(ended):
        unclear = f"ended with {ended}: {late.printed}"
    elif not expected and "--latency-wait" not in late.said:
        unclear = f"what to do: {late.printed}"
    shutil.rmtree(truth)
    again = project.snakemake(campaign.target)
    if again.returncode:
        unclear = f"the run after it failed: {again.stderr[-300:]}"
    return Trial(
        "late",
        f"{delay} s late, latency-wait {wait} s: {'failed' if ended else 'waited'}",
        differing=campaign.differing(project, present=campaign.short),
        leftovers=campaign.leftovers(project),
        unclear=unclear,
    )


@contextmanager
def _arriving(truth: Path, view: Path, delay: int) -> Iterator[None]:
    """Copy files to `view` once they are `delay` seconds old, all of them at the end."""
    over = threading.Event()
    thread = threading.Thread(target=_copy_late, args=(truth, view, delay, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _copy_late(truth: Path, view: Path, delay: int, over: threading.Event) -> None:
    while True:
        last = over.wait(0.2)
        for path in sorted(truth.rglob("*")):
            _arrive(path, view / path.relative_to(truth), 0 if last else delay)
        if last:
            return


def _arrive(path: Path, seen: Path, delay: int) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:  # a temporary file
        return
    if path.is_dir() or time.time() - found.st_ctime < delay or path.name.startswith("."):
        return
    if seen.exists() and seen.stat().st_mtime_ns >= found.st_mtime_ns:
        return
    seen.parent.mkdir(parents=True, exist_ok=True)
    partial = seen.with_name(f".{seen.name}")
    shutil.copy2(path, partial)
    partial.replace(seen)
