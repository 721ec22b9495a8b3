# Workarounds of Snakemake's SLURM plugin and of its group jobs, with what would end each. What they
# say to the user is in cytoforge/jobs/slurm.py.
import subprocess
import sys
import threading
import time

from snakemake.jobs import GroupJob
from snakemake.logging import logger
from snakemake_interface_common.exceptions import WorkflowError as PluginError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_logger_plugins.common import LogEvent

from cytoforge.jobs.slurm import Watch, capped, job_id, read_queue, refusal

PLUGIN = "snakemake_executor_plugin_slurm"
WATCH = Watch()


def say_why_a_group_failed(group_job):
    """Print the reason for which a group failed, which Snakemake drops.

    Ends when `GroupJob.log_error` passes its message on (9.27 does not).
    """

    def log_error(self, msg=None, aux_logs=None, **kwargs):
        members = [job.get_log_error_info(**kwargs) for job in self]
        for member in members:  # a job that was never started has no log to be read
            member["log"] = [log for log in member["log"] if Path(log).exists()]
        logger.error(
            f"Error in group {self.groupid}: {msg or 'see the logs of its jobs'}",
            extra=dict(
                event=LogEvent.GROUP_ERROR,
                groupid=self.groupid,
                aux_logs=aux_logs or [],
                job_error_info=members,
                **kwargs,
            ),
        )

    group_job.log_error = log_error


def report_all_refusals(executor):
    """Report whatever keeps a job from being sent, in words.

    The plugin asks for `job.rule`, which groups have not, while it reports a failure: the thread
    that submits dies, and Snakemake waits for ever. Ends when its `run_job` reports groups (2.8.0
    does not).
    """
    plugin_run_job = executor.run_job
    plugin_report = executor._report_job_error_threadsafe

    def run_job(self, job):
        words = f"sbatch has not answered for a minute ({job.name}); it is waited for"
        slow = threading.Timer(60, self.logger.warning, [words])
        slow.daemon = True
        slow.start()
        try:
            plugin_run_job(self, job)
        except Exception as error:
            # That a group has no rule is what went wrong last; why, is what it came of.
            cause = error.__context__ or error
            self._report_job_error_threadsafe(SubmittedJobInfo(job), str(cause))
        finally:
            slow.cancel()

    def report(self, job_info, msg):
        plugin_report(self, job_info, refusal(msg, job_info.job.is_group()))

    executor.run_job = run_job
    executor._report_job_error_threadsafe = report


def read_ids_among_other_lines(plugin):
    """Find a job's id among lines that a cluster adds, numbers in them or not.

    The plugin gives up where it sees two numbers, and the job runs on unseen. Ends when it reads
    the line that --parsable prints (2.8.0 does not).
    """
    plugin_reading = plugin.validate_or_get_slurm_job_id

    def reading(first, printed):
        return job_id(printed) or plugin_reading(first, printed)

    plugin.validate_or_get_slurm_job_id = reading


def cap_times(plugin):
    """Ask for no more minutes than `max_runtime`, where a profile sets it.

    A group's time is the sum of its members', and grows when it is sent again: a partition of two
    hours would refuse it. Ends when Snakemake limits the time of groups.
    """
    plugin_command = plugin.get_submit_command

    def get_submit_command(job, *arguments, **keywords):
        call = plugin_command(job, *arguments, **keywords)
        most = job.resources.get("max_runtime")
        return capped(call, int(most)) if most else call

    plugin.get_submit_command = get_submit_command


def watch_the_queue(executor):
    """Say why a job does not start, and wait for none that never will.

    The plugin drops all jobs when squeue fails, waits for jobs that SLURM has forgotten, and says
    nothing of those that ask for what they will never be given. Ends when it does (2.8.0).
    """
    plugin_check = executor.check_active_jobs

    async def check_active_jobs(self, active_jobs):
        shortest = self.workflow.executor_settings.init_seconds_before_status_checks
        # Asked by a thread that may start before the executor is whole.
        if not active_jobs:
            self.next_seconds_between_status_checks = shortest
            return
        answers = self._status_query_calls
        kept = [job async for job in plugin_check(self, active_jobs)]
        if self._status_query_calls == answers:
            kept = list(active_jobs)
        queue = queue_of(self) if kept else None
        if queue is not None:
            kept = [j for j in kept if goes_on(self, j, queue.get(j.external_jobid))]
        # The plugin's pause grows to three minutes: a job may be forgotten by then, or wait in vain.
        seconds = min(self.next_seconds_between_status_checks, 3 * shortest)
        self.next_seconds_between_status_checks = seconds if kept else shortest
        for job in kept:
            yield job

    executor.check_active_jobs = check_active_jobs


def queue_of(executor):
    """Return the queue's lines of this run's jobs, or None (said) where SLURM does not answer."""
    command = ["squeue", "--noheader", "--states=all", "--format=%i|%T|%r"]
    command += ["--name", executor.run_uuid]
    if executor._submitted_job_clusters:
        command += ["--clusters", ",".join(sorted(executor._submitted_job_clusters))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode == 0:
            return read_queue(done.stdout)
        reason = done.stderr.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    executor.logger.warning(
        f"SLURM does not say how the jobs are ({reason}); it is asked again"
    )
    return None


def goes_on(executor, job, seen):
    """Report a job that has ended or never will start; return whether it is watched further."""
    # Of a job array, which squeue lists in one line.
    if not job.external_jobid.isdecimal():
        return True
    in_group = job.job.is_group()
    verdict = WATCH.look(job.external_jobid, seen, time.monotonic(), in_group)
    if verdict.then == "cancel":
        try:
            executor.cancel_jobs([job])
        except (PluginError, OSError) as error:
            executor.logger.warning(str(error))
    if verdict.then in ("cancel", "failed"):
        executor.report_job_error(job, msg=f"{verdict.words}\n        ")
    elif verdict.words:
        executor.logger.warning(verdict.words)
    if verdict.then == "files":
        executor.report_job_success(job)
    return verdict.then == "keep"


def repair_cluster_jobs():
    """Put all of this between Snakemake and its plugin, once per process.

    As a module, this workflow may be read several times.
    """
    if GroupJob.log_error.__module__ != GroupJob.__module__:
        return
    say_why_a_group_failed(GroupJob)
    # Snakemake imports the executors that are installed.
    plugin = sys.modules.get(PLUGIN)
    if plugin:
        report_all_refusals(plugin.Executor)
        watch_the_queue(plugin.Executor)
        read_ids_among_other_lines(plugin)
        cap_times(plugin)
