"""What SLURM's commands print, read: a job's id, why a job was refused, why it does not start.

`rules/slurm.smk` puts it between Snakemake and its SLURM plugin.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

# Colours, window titles and other sequences that a terminal acts on.
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_SET = "in profiles/slurm/config.yaml set "

# What a refusal or a reason to wait says, and what the user can change; the first that fits counts.
_REMEDIES = (
    (
        r"slurm_extra",
        f"{_SET}it as a resource of its own, not in slurm_extra: `qos`, `slurm_account`,"
        " `slurm_partition`, `constraint`, `runtime` or `mem_mb`",
    ),
    (
        r"accounting/qos policy",
        f"{_SET}`qos`, `slurm_account`, `max_runtime` (minutes) and `jobs` to what your account is"
        " allowed: `sacctmgr show associations user=$USER`",
    ),
    (
        r"time ?limit|wall ?time|max_?wall|deadline",
        f"{_SET}`max_runtime` (minutes) to what the partition allows (`sinfo -o '%P %l'`)",
    ),
    (
        r"memory|maxmem|node configuration|partition ?config|badconstraints|(max|min)_?(cpu|node)",
        f"{_SET}less `mem_mb` or another `slurm_partition`: no node there has so much memory, so"
        " many cores or GPUs (`sinfo -o '%P %m %c %G'`)",
    ),
    (r"gres|gpu|\btres", f"{_SET}`gpu_model` and the GPUs' `slurm_partition` (`sinfo -o '%P %G'`)"),
    (r"account", f"{_SET}`slurm_account` (`sacctmgr show associations user=$USER`)"),
    (r"qos|quality.of.service", f"{_SET}`qos` (`sacctmgr show associations user=$USER`)"),
    (r"partition", f"{_SET}`slurm_partition` to one of `sinfo -o '%P %l %G'`"),
    (r"constraint|feature", f"{_SET}`constraint` to one of `sinfo -o '%P %f'`"),
    (r"not found$|no such file", "start Snakemake where `sbatch` can be run"),
    (
        r"unable to contact|connection|timed out|communicat|transmitted",
        "SLURM itself does not answer: give the same command again when `sinfo` does",
    ),
    (
        r"slurm job ids? found",
        "sbatch prints lines among which the job's id cannot be told: cancel it by the id that"
        " `squeue --me` shows",
    ),
)
# Reasons that pass by themselves: others' jobs end, or the user's own.
_ORDINARY = re.compile(
    r"^(None|Priority|Resources|Dependency|BeginTime|Cleaning|Prolog|Licenses|"
    r"Reservation|JobArrayTaskLimit|(Assoc|QOS)Grp\w+|(Assoc|QOS)Max\w*PerUser\w*|"
    r"(Assoc|QOS)Max(Jobs|Submit)\w*|(Assoc|QOS)\w*(ResourceLimit|RunMinutes\w*|UsageThreshold))?$"
)
# Reasons that stay for good: the job asks for what it will never be given. Just after a job is sent
# SLURM may name one that it takes back (PartitionConfig, within a second), so two looks count.
_HOPELESS = re.compile(
    r"^(Partition(TimeLimit|NodeLimit|Config)|BadConstraints|Invalid(Account|QOS)|\w*NotAllowed|"
    r"MaxMemPerLimit|(Assoc|QOS)Max\w*Per(Job|Node)\w*|QOSMin\w+|QOSTimeLimit|AssocTimeLimit|"
    r"DependencyNeverSatisfied)$"
)
# Ends from which SLURM may still queue a job again; a job that it has forgotten is like them.
_UNCERTAIN = ("", "PREEMPTED", "NODE_FAIL", "REVOKED", "SPECIAL_EXIT")
_FAILED = ("BOOT_FAIL", "CANCELLED", "DEADLINE", "FAILED", "OUT_OF_MEMORY", "TIMEOUT")
_PATIENCE = 40  # seconds


def job_id(printed: str) -> str | None:
    """Return the id in what `sbatch --parsable` printed, or None where none is told from the rest.

    Clusters add lines of their own: costs, quotas, dates, colours. The id stands alone on its line,
    or before a `;` and the cluster's name; notes come before it.

    >>> job_id("You will be charged for 16 CPUs, 229376 MiB\\n101;north\\n")
    '101'
    """
    clean = _TERMINAL.sub("", printed)
    lines = [line.strip() for line in clean.splitlines()]
    alone = [found[1] for line in lines if (found := re.fullmatch(r"(\d+)(?:\s*;.*)?", line))]
    named = re.findall(r"(?i)\b(?:batch job|job ?id)\W{0,3}(\d+)", clean)
    return (alone or named or [None])[-1]


def remedy(reason: str, in_group: bool = False) -> str:
    """Return what the user can do about a refusal, or about a reason to wait; "" if unknown."""
    for pattern, what in _REMEDIES:
        if re.search(pattern, reason, re.IGNORECASE):
            too_long = in_group and "sinfo -o '%P %l'`)" in what
            return f"{what}, and fewer images per job (`group-components`)" * too_long or what
    return ""


def refusal(message: str, in_group: bool = False) -> str:
    """Return the plugin's message about a job that could not be sent, the reason first.

    The plugin's own has the whole command with all that the job will run: a page per job.
    """
    found = re.match(
        r"SLURM sbatch failed\. The error message was '(.*)'\.\n\s*sbatch call:\s*(.*)",
        message,
        re.DOTALL,
    )
    reason = found[1] if found else message.removeprefix("Job submission failed with exception: ")
    reason = _TERMINAL.sub("", reason).strip()
    lines = [f"SLURM has not taken the job: {reason or 'no reason given'}"]
    if what := remedy(reason, in_group):
        lines.append(f"do:  {what}")
    if found:
        lines.append(f"asked with:  {re.split(r' --wrap=| /dev/stdin', found[2])[0].strip()}")
    return "\n        ".join(lines) + "\n        "


def read_queue(printed: str) -> dict[str, tuple[str, str]]:
    """Return state and reason by job id, from `squeue --noheader --format='%i|%T|%r'`."""
    rows = [line.strip().split("|", 2) for line in printed.splitlines()]
    return {row[0]: (row[1], (row[2:] or [""])[0]) for row in rows if len(row) > 1}


@dataclass(frozen=True)
class Verdict:
    """What to do with a job, and what to say about it.

    Keep watching it, cancel it as a failure, take it as failed, or see by its files how it went.
    """

    then: Literal["keep", "cancel", "failed", "files"] = "keep"
    words: str = ""


@dataclass
class Watch:
    """What has been seen of jobs that the plugin takes to be under way."""

    since: dict[str, float] = field(default_factory=dict)
    hopeless: dict[str, str] = field(default_factory=dict)  # the reason at the last look, by job
    said: set[tuple[str, str]] = field(default_factory=set)

    def look(
        self, job: str, seen: tuple[str, str] | None, now: float, in_group: bool = False
    ) -> Verdict:
        """Judge a job by its state and reason in the queue, None where SLURM does not list it.

        `now` is a time in seconds: SLURM may queue again what it has just ended.
        """
        state, reason = seen or ("", "")
        if state in _UNCERTAIN:
            waited = now - self.since.setdefault(job, now)
            return self._uncertain(job, state) if waited >= _PATIENCE else Verdict()
        self.since.pop(job, None)
        if state == "PENDING":
            return self._waiting(job, reason, in_group)
        if state in _FAILED:
            return Verdict("failed", f"SLURM ended job {job}: {state} {reason}".rstrip())
        return Verdict("files" if state == "COMPLETED" else "keep")

    def _uncertain(self, job: str, state: str) -> Verdict:
        if state:
            return Verdict("failed", f"SLURM ended job {job}: {state}, and has not queued it again")
        return Verdict("files", f"SLURM has forgotten job {job}; its files tell how it went")

    def _waiting(self, job: str, reason: str, in_group: bool) -> Verdict:
        before = self.hopeless.pop(job, "")
        if _ORDINARY.match(reason):
            return Verdict()
        if _HOPELESS.match(reason):
            if reason != before:
                self.hopeless[job] = reason
                return Verdict()
            do = remedy(reason, in_group)
            return Verdict(
                "cancel", f"SLURM will never start job {job}: {reason}\n        do:  {do}"
            )
        if (job, reason) in self.said:
            return Verdict()
        self.said.add((job, reason))
        return Verdict("keep", f"SLURM lets job {job} wait: {reason}")


def capped(call: str, most: int) -> str:
    """Return an sbatch command whose time limit is at most `most` minutes.

    >>> capped("sbatch -t 140 --mem 6000", 120)
    'sbatch -t 120 --mem 6000'
    """
    return re.sub(r"(?<= -t )\d+", lambda found: str(min(int(found[0]), most)), call, count=1)
