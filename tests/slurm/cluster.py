"""A real SLURM cluster on this machine, and what it remembers of its jobs."""

import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("cluster.sh")
SHOWN = (
    "JobState",
    "Restarts",
    "Partition",
    "TimeLimit",
    "RunTime",
    "TRES",
    "TresPerJob",
    "JOB_GRES",
)


class CannotRun(Exception):
    """SLURM cannot be installed or started here; the message says why."""


@dataclass(frozen=True)
class Record:
    """One job as `scontrol show job` tells it."""

    fields: dict[str, str]

    @property
    def id(self) -> str:
        return self.fields["JobId"]

    @property
    def name(self) -> str:
        """Rule and wildcards, or group and its rules, which Snakemake writes into the comment."""
        comment = self.fields.get("Comment", "")
        return comment.removeprefix("rule_").replace("_wildcards_", " ")

    @property
    def state(self) -> str:
        return self.fields["JobState"]

    @property
    def gpus(self) -> int:
        """GPUs that were allocated."""
        found = re.fullmatch(r"gpu:a100:(\d+)", self.fields.get("JOB_GRES", ""))
        return int(found[1]) if found else 0

    @property
    def memory_mb(self) -> int:
        found = re.search(r"mem=([\d.]+)([MG])", self.fields["TRES"])
        assert found, self.fields["TRES"]
        return round(float(found[1]) * (1024 if found[2] == "G" else 1))


@dataclass(frozen=True)
class Cluster:
    """Nodes cpu1 (partitions main and short) and gpu1 (partition gpu, eight GPUs of type a100)."""

    folder: Path

    def start(self) -> None:
        """Install SLURM where it is missing, and start it.

        Raises
        ------
        CannotRun : no root, no packages, or the machine has a SLURM of its own
        """
        if not shutil.which("slurmctld") and not shutil.which("apt-get"):
            raise CannotRun("SLURM is not installed, and there is no apt-get to install it")
        if os.geteuid() != 0 and subprocess.run(["sudo", "-n", "true"], check=False).returncode:
            raise CannotRun("starting SLURM needs root, or sudo without a password")
        for arguments in (["install"], ["up", str(self.folder)]):
            done = _as_root(str(SCRIPT), *arguments)
            if done.returncode:
                _as_root(str(SCRIPT), "down", str(self.folder))  # what has come up of it
                raise CannotRun((done.stderr.strip().splitlines() or ["no reason given"])[-1])

    def stop(self) -> None:
        done = _as_root(str(SCRIPT), "down", str(self.folder))
        assert done.returncode == 0, done.stderr

    def records(self) -> list[Record]:
        """Return all jobs, the first one first."""
        shown = _run("scontrol", "--oneliner", "--details", "show", "job").stdout
        # Of a field named twice the first is the job's, the second that of a node or a step.
        found = [re.findall(r"(\S+?)=(\S*)", line) for line in shown.splitlines()]
        records = [Record(dict(reversed(fields))) for fields in found if fields]
        return sorted(records, key=lambda record: int(record.id))

    def job(self, id: str) -> Record:
        (found,) = [record for record in self.records() if record.id == id]
        return found

    def jobs_of(self, name: str) -> list[Record]:
        return [record for record in self.records() if record.name == name]

    def running_job(self, name: str) -> str:
        """Return the id of the running job of a rule and its wildcards."""
        (job,) = [record.id for record in self.jobs_of(name) if record.state == "RUNNING"]
        return job

    def whole_minutes(self, job: str) -> int:
        """Return the whole minutes that a job has run."""
        hours, minutes, _ = self.job(job).fields["RunTime"].split(":")
        return 60 * int(hours) + int(minutes)

    def queue(self) -> str:
        return _run("squeue", "--noheader").stdout.strip()

    def control(self, *arguments: str) -> None:
        done = _as_root("scontrol", *arguments)
        assert done.returncode == 0, done.stderr

    def start_now(self, job: str) -> None:
        """Start a job that was queued again, which SLURM lets wait for two minutes."""
        for _ in range(300):
            if self.job(job).state == "PENDING":
                self.control("update", f"JobId={job}", "StartTime=now")
                return
            time.sleep(0.2)
        raise AssertionError(f"job {job} was not queued again: {self.job(job)}")

    def cancel(self, job: str) -> None:
        _run("scancel", job)

    def fail_node(self, node: str) -> None:
        """Kill a node's daemons and all that runs on it, as a power cut would: none can report."""
        running = [record for record in self.records() if record.state == "RUNNING"]
        jobs = [record.id for record in running if record.fields["NodeList"] == node]
        daemons = [int((self.folder / "pid" / f"slurmd-{node}").read_text())]
        daemons += [pid for job in jobs for pid in _named(f"slurmstepd: [{job}.")]
        steps = [pid for job in jobs for pid in _with_variable(f"SLURM_JOB_ID={job}")]
        _as_root("kill", "-KILL", *map(str, daemons + steps))

    def repair_node(self, node: str) -> None:
        done = _as_root(str(SCRIPT), "node", str(self.folder), node)
        assert done.returncode == 0, done.stderr

    def signal_script(self, job: str, script: str, number: signal.Signals) -> None:
        """Send a signal to the process of a job that runs a workflow script, and to no other."""
        for process in _with_variable(f"SLURM_JOB_ID={job}"):
            command = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
            if any(word.endswith(f".{script}.py".encode()) for word in command):
                os.kill(process, number)

    def table(self) -> str:
        """Return SLURM's records as a table in plain text."""
        rows = [("JobId", "Job", *SHOWN)]
        for record in self.records():
            rows.append((record.id, record.name, *(record.fields.get(key, "") for key in SHOWN)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join(lines) + "\n"


def _with_variable(variable: str) -> list[int]:
    """Return the ids of the processes that have `NAME=value` in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # ended meanwhile, or another user's
            continue
        if variable.encode() in environment:
            found.append(int(folder.name))
    return found


def _named(start: str) -> list[int]:
    """Return the ids of the processes whose command line starts so."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if command.startswith(start.encode()):
            found.append(int(folder.name))
    return found


def _as_root(*command: str) -> subprocess.CompletedProcess[str]:
    return _run(*([] if os.geteuid() == 0 else ["sudo", "-n"]), *command)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
