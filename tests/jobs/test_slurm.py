"""What SLURM's commands print is read right, whatever a cluster adds."""

import pytest

from cytoforge.jobs.slurm import Watch, capped, job_id, read_queue, refusal, remedy

# What sbatch --parsable printed, with what clusters add; the id is 101 in all of them.
PRINTED = [
    "101\n",
    "101;north\n",
    "You will be charged for 16 CPUs, 229376 MiB\n101\n",
    "101\nEstimated cost: 12.50 EUR of 4000\n",
    "Sun Nov 29 11:13:36 UTC 2026\n*** 3 nodes are down ***\n101;north-2\n",
    "\x1b]0;cluster 7\x07\x1b[1;32m101\x1b[0m\r\n",
    "\x1b[33mproject 4711: 12 of 100 h used\x1b[0m\n  101  \n",
    "Submitted batch job 101\n",
    "quota 55 of 60\nJob ID: 101 on 2 nodes\n",
]


@pytest.mark.parametrize("printed", PRINTED)
def test_the_id_is_told_from_other_lines(printed: str):
    assert job_id(printed) == "101"


@pytest.mark.parametrize("printed", ["", "16 CPUs, 20 GB", "see https://site/7 for 3 notes"])
def test_no_id_is_guessed(printed: str):
    assert job_id(printed) is None


# What sbatch or squeue say, and the setting that changes it.
REASONS = [
    ("sbatch: error: invalid partition specified: main", "slurm_partition"),
    ("Invalid partition name specified", "slurm_partition"),
    ("User's group not permitted to use this partition", "slurm_partition"),
    ("Requested time limit is invalid (missing or exceeds some limit)", "max_runtime"),
    ("PartitionTimeLimit", "max_runtime"),
    ("QOSMaxWallDurationPerJobLimit", "max_runtime"),
    ("Memory specification can not be satisfied", "mem_mb"),
    ("Requested node configuration is not available", "mem_mb"),
    ("QOSMaxMemoryPerJob", "mem_mb"),
    ("Invalid qos specification", "qos"),
    ("Invalid account or account/partition combination specified", "slurm_account"),
    ("The given account x appears to be invalid. Available accounts:\ny", "slurm_account"),
    ("Job violates accounting/QOS policy (job submit limit, the user's size)", "qos"),
    ("Invalid generic resource (gres) specification", "gpu_model"),
    ("The --quality-of-service option is not allowed in the 'slurm_extra' parameter", "qos"),
    ("/bin/sh: 1: sbatch: not found", "sbatch"),
    ("Unable to contact slurm controller (connect failure)", "sinfo"),
]


@pytest.mark.parametrize(("reason", "setting"), REASONS)
def test_a_refusal_names_the_setting(reason: str, setting: str):
    assert f"`{setting}`" in remedy(reason)


def test_a_chunk_that_takes_too_long_may_be_smaller():
    assert "group-components" in remedy("PartitionTimeLimit", in_group=True)
    assert "group-components" not in remedy("PartitionTimeLimit")


def test_the_reason_comes_first_and_the_job_s_script_is_left_out():
    call = "sbatch --parsable -p main -t 10"
    said = "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition'.\n"
    said += f'    sbatch call:\n        {call} --wrap="python -m snakemake ..."\n'
    first, do, asked, _ = refusal(said).split("\n")
    assert first == "SLURM has not taken the job: sbatch: error: invalid partition"
    assert "slurm_partition" in do
    assert asked.strip() == f"asked with:  {call}"


def test_a_time_limit_is_capped():
    assert capped("sbatch -p t -t 140 --mem 6000", 120) == "sbatch -p t -t 120 --mem 6000"
    assert capped("sbatch -p t -t 56 --mem 6000", 120) == "sbatch -p t -t 56 --mem 6000"


def test_the_queue_is_read_with_and_without_reasons():
    queue = read_queue("CLUSTER: north\n101|PENDING|Nodes are DOWN, or|so\n102|RUNNING\n\n")
    assert queue == {"101": ("PENDING", "Nodes are DOWN, or|so"), "102": ("RUNNING", "")}


@pytest.mark.parametrize("reason", ["None", "Priority", "Resources", "QOSMaxJobsPerUserLimit", ""])
def test_waiting_in_turn_is_nothing_to_speak_of(reason: str):
    verdict = Watch().look("101", ("PENDING", reason), 0)
    assert (verdict.then, verdict.words) == ("keep", "")


@pytest.mark.parametrize(
    "reason",
    [
        "PartitionTimeLimit",
        "InvalidQOS",
        "AccountNotAllowed",
        "QOSMaxMemoryPerJob",
        "BadConstraints",
    ],
)
def test_a_job_that_will_never_start_is_cancelled(reason: str):
    watch = Watch()
    assert watch.look("101", ("PENDING", reason), 0).then == "keep"
    verdict = watch.look("101", ("PENDING", reason), 20)
    assert verdict.then == "cancel"
    assert reason in verdict.words
    assert "in profiles/slurm/config.yaml set " in verdict.words


def test_a_reason_that_slurm_takes_back_cancels_nothing():
    watch = Watch()
    reasons = ("PartitionConfig", "PartitionTimeLimit", "Priority", "PartitionTimeLimit")
    verdicts = [watch.look("101", ("PENDING", reason), 0) for reason in reasons]
    assert {(verdict.then, verdict.words) for verdict in verdicts} == {("keep", "")}


def test_any_other_reason_is_told_once():
    watch = Watch()
    held = ("PENDING", "JobHeldUser")
    assert "JobHeldUser" in watch.look("101", held, 0).words
    assert watch.look("101", held, 0).words == ""
    assert watch.look("101", held, 0).then == "keep"


def test_a_job_that_slurm_has_forgotten_is_judged_by_its_files():
    watch = Watch()
    assert [watch.look("101", None, now).then for now in (0, 20, 40)] == ["keep", "keep", "files"]


def test_a_preempted_job_that_is_not_queued_again_has_failed():
    watch = Watch()
    preempted = ("PREEMPTED", "None")
    assert watch.look("101", preempted, 0).then == "keep"
    assert watch.look("101", ("PENDING", "BeginTime"), 20).then == "keep"
    assert [watch.look("101", preempted, now).then for now in (40, 60)] == ["keep", "keep"]
    assert watch.look("101", preempted, 80).then == "failed"


def test_an_end_that_the_plugin_does_not_see_is_taken():
    assert Watch().look("101", ("COMPLETED", "None"), 0).then == "files"
    verdict = Watch().look("101", ("TIMEOUT", "TimeLimit"), 0)
    assert (verdict.then, verdict.words) == ("failed", "SLURM ended job 101: TIMEOUT TimeLimit")
