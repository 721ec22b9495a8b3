"""What rules/slurm.smk puts between Snakemake and its plugin, without a cluster."""

import asyncio
import logging
import runpy
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import snakemake_executor_plugin_slurm as plugin

REFUSED = (
    "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition specified: x'.\n"
    '    sbatch call:\n        sbatch -p x --wrap="python"\n'
)


@pytest.fixture
def rules(root: Path) -> dict[str, Any]:
    return runpy.run_path(str(root / "rules/slurm.smk"), init_globals={"Path": Path})


class Executor:
    """The plugin's executor as far as it is worked around, with what a test lets it do."""

    def __init__(self, run: Any = None, answers: bool = True) -> None:
        self.run, self.answers = run, answers
        self.logger = logging.getLogger("test")
        self.told: list[tuple[str, str]] = []
        self._status_query_calls = 0
        self._submitted_job_clusters: set[str] = set()
        self.run_uuid = "run"
        self.next_seconds_between_status_checks = 180
        settings = SimpleNamespace(init_seconds_before_status_checks=20)
        self.workflow = SimpleNamespace(executor_settings=settings)

    def run_job(self, job: Any) -> None:
        self.run(self, job)

    def _report_job_error_threadsafe(self, job_info: Any, msg: str) -> None:
        self.told.append(("error", msg))

    def report_job_error(self, job_info: Any, msg: str) -> None:
        self.told.append(("error", msg))

    def report_job_success(self, job_info: Any) -> None:
        self.told.append(("success", job_info.external_jobid))

    def cancel_jobs(self, jobs: Any) -> None:
        self.told.append(("cancel", jobs[0].external_jobid))

    async def check_active_jobs(self, active_jobs: list[Any]) -> Any:
        if self.answers:  # where squeue fails, the plugin forgets all jobs
            self._status_query_calls += 1
            for job in active_jobs:
                yield job


def group(name: str = "prepare") -> Any:
    return SimpleNamespace(name=name, is_group=lambda: True)


def job(id: str = "101") -> Any:
    return SimpleNamespace(external_jobid=id, job=group())


def test_whatever_keeps_a_group_from_being_sent_is_reported(rules: dict[str, Any]):
    def fails(executor: Executor, job: Any) -> None:
        try:
            raise ValueError("Invalid qos specification")
        except ValueError:
            print(job.rule.name)  # as the plugin does; a group has no rule

    class Patched(Executor):
        pass

    rules["report_all_refusals"](Patched)
    executor = Patched(fails)
    executor.run_job(group())
    ((_, words),) = executor.told
    assert "Invalid qos specification" in words and "`qos`" in words


def test_a_refusal_is_told_by_its_reason(rules: dict[str, Any]):
    class Patched(Executor):
        pass

    rules["report_all_refusals"](Patched)
    executor = Patched()
    executor._report_job_error_threadsafe(job(), REFUSED)  # type: ignore[no-untyped-call]
    ((_, words),) = executor.told
    assert words.startswith("SLURM has not taken the job: sbatch: error: invalid partition")
    assert "python" not in words


def test_a_group_tells_why_it_failed(rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    class Group:
        groupid = "prepare"

        def __iter__(self) -> Any:
            return iter([SimpleNamespace(get_log_error_info=lambda **_: {"log": ["no.log"]})])

    said = []
    monkeypatch.setattr(rules["logger"], "error", lambda *words, **more: said.append((words, more)))
    rules["say_why_a_group_failed"](Group)
    Group().log_error("the reason")  # type: ignore[attr-defined]
    (((words,), more),) = said
    assert words == "Error in group prepare: the reason"
    assert more["extra"]["job_error_info"] == [{"log": []}]


@pytest.mark.parametrize("printed", ["note: 16 CPUs, 229376 MiB\n101\n", "101;north\n"])
def test_the_plugin_takes_the_id(rules: dict[str, Any], printed: str):
    patched = SimpleNamespace(
        validate_or_get_slurm_job_id=plugin.validation.validate_or_get_slurm_job_id
    )
    rules["read_ids_among_other_lines"](patched)
    assert patched.validate_or_get_slurm_job_id("note", printed) == "101"


@pytest.mark.parametrize(("most", "minutes"), [(120, 120), (None, 140)])
def test_a_group_asks_for_no_more_than_the_partition_allows(
    rules: dict[str, Any], most: int | None, minutes: int
):
    patched = SimpleNamespace(get_submit_command=lambda job, params: "sbatch -t 140 --mem 1")
    rules["cap_times"](patched)
    resources = {"max_runtime": most} if most else {}
    call = patched.get_submit_command(SimpleNamespace(resources=resources), {})
    assert call == f"sbatch -t {minutes} --mem 1"


def look(
    rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch, queue: str | None, answers: bool = True
) -> tuple[list[str], Executor]:
    """Return the jobs that are watched on after one look at a queue, and the executor."""

    def squeue(command: list[str], **_: Any) -> Any:
        assert command[0] == "squeue"
        code = 1 if queue is None else 0
        return subprocess.CompletedProcess(command, code, queue or "", "no controller")

    class Patched(Executor):
        pass

    monkeypatch.setattr(subprocess, "run", squeue)
    rules["watch_the_queue"](Patched)
    executor = Patched(answers=answers)

    async def watched() -> list[str]:
        return [one.external_jobid async for one in executor.check_active_jobs([job()])]

    return asyncio.run(watched()), executor


def test_no_job_is_forgotten_while_slurm_does_not_answer(
    rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    kept, _ = look(rules, monkeypatch, queue=None, answers=False)
    assert kept == ["101"]
    assert "no controller" in caplog.text


def test_a_job_that_waits_in_vain_is_cancelled(
    rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    first, _ = look(rules, monkeypatch, "101|PENDING|PartitionTimeLimit\n")
    kept, executor = look(rules, monkeypatch, "101|PENDING|PartitionTimeLimit\n")
    assert (first, kept) == (["101"], [])
    assert [what for what, _ in executor.told] == ["cancel", "error"]


def test_an_end_is_seen_where_accounting_does_not_tell_it(
    rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    kept, executor = look(rules, monkeypatch, "101|COMPLETED|None\n")
    assert (kept, executor.told) == ([], [("success", "101")])


def test_the_queue_is_looked_at_every_minute(
    rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    kept, executor = look(rules, monkeypatch, "101|RUNNING|None\n")
    assert kept == ["101"]
    assert executor.next_seconds_between_status_checks == 60


def test_an_executor_that_is_not_whole_yet_has_no_jobs(rules: dict[str, Any]):
    """Its thread begins before its counters are there: an error would end the watch unseen."""

    class Patched(Executor):
        pass

    rules["watch_the_queue"](Patched)
    executor = Patched()
    del executor._status_query_calls

    async def watched() -> list[Any]:
        return [one async for one in executor.check_active_jobs([])]

    assert asyncio.run(watched()) == []
    assert executor.next_seconds_between_status_checks == 20


def test_the_plugin_still_has_what_is_worked_around():
    names = ("run_job", "_report_job_error_threadsafe", "check_active_jobs", "cancel_jobs")
    assert all(callable(getattr(plugin.Executor, name)) for name in names)
    assert callable(plugin.get_submit_command) and callable(plugin.validate_or_get_slurm_job_id)
