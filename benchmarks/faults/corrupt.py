"""One byte flipped in every type of file, once with its time kept and once as newly written.

Kept: the outputs of a job that reads the file are removed, so that this job runs. New: the file's
time alone makes its readers run. The run must name the file, and the run after it make it again.
What nothing reads is found by `python -m cytoforge.jobs.checksums` alone.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

from benchmarks.faults.campaign import Campaign
from benchmarks.faults.scheduler import kill_when_there, outputs_by_rule, readers, start
from benchmarks.faults.trial import Trial
from tests.workflow.tiny_project import IMAGES, Project

Completed = CompletedProcess[str]

IMAGE = re.compile(rf"(?<=/)({'|'.join(IMAGES)})(?=[._])")
STATE = "results/state/four/state.pt"
WEIGHTS = "results/models/four/model.safetensors"
SHORT = "split/regions.csv"  # what reads it takes a second


def trials(campaign: Campaign) -> Iterator[Trial]:
    """Yield two trials per type of file that is read, one per type that is not."""
    types: dict[str, str] = {}
    for rule, paths in outputs_by_rule(campaign.undisturbed).items():
        for path in paths:
            types.setdefault(f"{rule}: {IMAGE.sub('{image}', path)}", path)
    for number, (file_type, path) in enumerate(types.items()):
        if campaign.short and not file_type.endswith(SHORT):
            continue
        if readers(campaign.undisturbed, path):
            yield _time_kept(campaign, number, file_type, path)
            # The time of a file in a folder makes nobody read it.
            if (campaign.undisturbed.folder / path).is_file():
                yield _newly_written(campaign, number, file_type, path)
        else:
            yield _read_by_nobody(campaign, number, file_type, path)
    if not campaign.short:  # tests/workflow/test_killed_run.py damages one too
        yield _state_of_training(campaign)


def flip(path: Path, keep_time: bool) -> None:
    """Change one bit in the middle of a file, or of the first file of a folder."""
    if path.is_dir():
        path = min(path.glob("[!.]*"))
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    if keep_time:
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _time_kept(campaign: Campaign, number: int, file_type: str, path: str) -> Trial:
    project = campaign.finished(f"corrupt-{number}-kept")
    targets = readers(project, path)
    flip(project.folder / path, keep_time=True)
    for output in targets:
        _remove(project.folder / output)
    failed, again = project.snakemake(*targets), project.snakemake(*targets)
    return _judged(campaign, project, f"{file_type}, time kept", path, failed, again)


def _remove(output: Path) -> None:
    if output.is_dir():
        shutil.rmtree(output)
    else:
        output.unlink()


def _newly_written(campaign: Campaign, number: int, file_type: str, path: str) -> Trial:
    project = campaign.finished(f"corrupt-{number}-new")
    targets = readers(project, path)
    flip(project.folder / path, keep_time=False)
    failed, again = project.snakemake(*targets), project.snakemake(*targets)
    return _judged(campaign, project, f"{file_type}, new time", path, failed, again)


def _read_by_nobody(campaign: Campaign, number: int, file_type: str, path: str) -> Trial:
    project = campaign.finished(f"corrupt-{number}-end")
    flip(project.folder / path, keep_time=True)
    command = [sys.executable, "-m", "cytoforge.jobs.checksums"]
    environment = {**os.environ, "PYTHONPATH": str(campaign.root)}
    failed = subprocess.run(
        command, cwd=project.folder, env=environment, capture_output=True, text=True, check=False
    )
    _remove(project.folder / path)
    again = project.snakemake(path)
    return _judged(campaign, project, f"{file_type}, by checksums", path, failed, again)


def _state_of_training(campaign: Campaign) -> Trial:
    """Damage what an interrupted training continues from, which is no output of a rule."""
    project = campaign.finished("corrupt-state")
    shutil.rmtree(project.folder / "results/models/four")
    state = project.folder / STATE
    kill_when_there(start(project, WEIGHTS), state)
    flip(state, keep_time=True)
    project.snakemake("--unlock")
    done = project.snakemake(WEIGHTS)
    log = (project.folder / "results/logs/train/four.log").read_text()
    return Trial(
        "corrupt",
        f"train: {STATE}, of an interrupted training",
        differing=campaign.differing(project, present=True),
        leftovers=campaign.leftovers(project),
        unclear="" if not done.returncode and "was set aside" in log else "not noticed",
    )


def _judged(
    campaign: Campaign,
    project: Project,
    moment: str,
    path: str,
    failed: Completed,
    again: Completed,
) -> Trial:
    said = failed.stdout + failed.stderr
    (campaign.workspace / f"{project.folder.name}.txt").write_text(said)
    unclear = ""
    if not failed.returncode:
        unclear = "not noticed"
    elif not re.search(rf"{re.escape(path)}\b.*\n?.*(damaged|expected)", said):
        unclear = "does not name the file"
    elif again.returncode:
        unclear = f"the run after it failed: {again.stderr[-200:]}"
    # What was damaged is set aside, for whoever wants to look at it.
    left = (name for name in campaign.leftovers(project) if not name.startswith(f"{path}.damaged"))
    return Trial(
        "corrupt",
        moment,
        differing=campaign.differing(project),
        leftovers=tuple(left),
        unclear=unclear,
    )
