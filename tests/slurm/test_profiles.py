"""The profiles of clusters, as far as no cluster is needed."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROFILES = ("slurm", "cluster-generic")


def gpu_rules(root: Path) -> set[str]:
    """Return the rules that ask for a GPU, themselves or by the rule they are derived from."""
    found: set[str] = set()
    for path in sorted((root / "rules").glob("*.smk")):
        for text in re.split(r"\n(?=rule |use rule )", path.read_text()):
            derived = re.match(r"use rule (\w+) as (\w+)", text)
            plain = re.match(r"rule (\w+):", text)
            inherits = derived and derived[1] in found and "resources:" not in text
            if derived and (inherits or "gpu=" in text):
                found.add(derived[2])
            elif plain and "gpu=" in text:
                found.add(plain[1])
    return found


def profile(root: Path, name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((root / f"profiles/{name}/config.yaml").read_text())
    return loaded


@pytest.mark.parametrize("name", PROFILES)
def test_all_gpu_rules_go_to_the_gpu_partition(root: Path, name: str):
    settings = profile(root, name)["set-resources"]
    assert set(settings) == gpu_rules(root)
    assert {rule.get("slurm_partition", rule.get("queue")) for rule in settings.values()} == {"gpu"}


@pytest.mark.parametrize("name", PROFILES)
def test_no_gpu_rule_is_grouped(root: Path, name: str):
    assert not gpu_rules(root) & set(profile(root, name)["groups"])


def test_profiles_agree_on_what_makes_a_job_stale(root: Path):
    keys = ("rerun-triggers", "max-checksum-file-size", "keep-going", "rerun-incomplete")
    wanted = [profile(root, "default")[key] for key in keys]
    for name in PROFILES:
        assert [profile(root, name)[key] for key in keys] == wanted


def test_a_dry_run_with_the_slurm_profile(root: Path):
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm", "-n"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# What each scheduler's command prints of a job, shortened, and what Snakemake is told.
ANSWERS = [
    ("slurm", "scontrol", "JobId=7 JobState=COMPLETED Reason=None", "success"),
    ("slurm", "scontrol", "JobId=7 JobState=PENDING Reason=Resources", "running"),
    ("slurm", "scontrol", "JobId=7 JobState=TIMEOUT Reason=TimeLimit", "failed"),
    ("slurm", "scontrol", "slurm_load_jobs error: Invalid job id specified", "failed"),
    ("slurm", "scontrol", "slurm_load_jobs error: Unable to contact slurm controller", "running"),
    ("pbs", "qstat", "    job_state = F\n    Exit_status = 0", "success"),
    ("pbs", "qstat", "    job_state = F\n    Exit_status = 271", "failed"),
    ("pbs", "qstat", "    job_state = Q", "running"),
    ("lsf", "bjobs", "DONE", "success"),
    ("lsf", "bjobs", "EXIT", "failed"),
    ("lsf", "bjobs", "PEND", "running"),
    ("lsf", "bjobs", "Job <7> is not found", "failed"),
]


@pytest.mark.parametrize(("scheduler", "command", "answer", "told"), ANSWERS)
def test_states_of_other_schedulers(
    root: Path, tmp_path: Path, scheduler: str, command: str, answer: str, told: str
):
    program = tmp_path / command
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")
    program.chmod(0o755)
    script = root / "profiles/cluster-generic/status.sh"
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        [script, scheduler, "7"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == told


# What each scheduler's command prints of a job that was sent, with lines of the cluster's own.
SENT = [
    ("slurm", "sbatch", "101;north", "101"),
    ("slurm", "sbatch", "16 CPUs, 229376 MiB: 4711\n\033[32m101\033[0m", "101"),
    ("pbs", "qsub", "quota: 12 of 100\n101.server-1", "101.server-1"),
    ("lsf", "bsub", "2 slots\nJob <101> is submitted to queue <main>.", "101"),
    ("slurm", "sbatch", "16 CPUs", None),
]


@pytest.mark.parametrize(("scheduler", "command", "printed", "id"), SENT)
def test_ids_of_other_schedulers(
    root: Path, tmp_path: Path, scheduler: str, command: str, printed: str, id: str | None
):
    done = submit(root, tmp_path, scheduler, command, f"cat <<'END'\n{printed}\nEND\n")
    assert done.stdout.strip() == (id or "")
    assert done.returncode == (0 if id else 1)
    assert id or "16 CPUs" in done.stderr


def test_a_refusal_of_other_schedulers_is_one(root: Path, tmp_path: Path):
    done = submit(root, tmp_path, "lsf", "bsub", "echo 'no queue main' >&2; exit 255")
    assert (done.returncode, done.stdout, done.stderr) == (255, "", "no queue main\n")


def test_a_time_beyond_the_queue_s_is_not_asked_for(root: Path, tmp_path: Path):
    done = submit(root, tmp_path, "slurm", "sbatch", 'echo "$@" >&2; echo 101')
    assert "--time=120 " in done.stderr


def submit(
    root: Path, folder: Path, scheduler: str, command: str, does: str
) -> "subprocess.CompletedProcess[str]":
    """Send a job of 140 minutes to a queue of 120, with a scheduler's command that does this."""
    program = folder / command
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    script = root / "profiles/cluster-generic/submit.sh"
    words = [script, scheduler, "split", "main", "1", "4000", "140", "120", "0", "job.sh"]
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run(
        words, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
