# Every workaround of Snakemake, with what would end it.
import atexit
import gc
import signal
import threading
from contextlib import suppress

import psutil

from snakemake.logging import logger

from cytoforge.errors import told
from cytoforge.jobs.file_times import date_back
from cytoforge.jobs.gpus import count_gpus
from cytoforge.jobs.reasons import short_reason
from cytoforge.jobs.workplace import (
    prefer_this_clone,
    require_plain_clone,
    require_writable,
)


include: "slurm.smk"
include: "planning.smk"


repair_cluster_jobs()

# Scripts import cytoforge from behind site-packages, perhaps another clone's. Ends when Snakemake
# puts the workflow's folder first on the path of script processes.
prefer_this_clone()

# Planning makes millions of objects that stay: looking for garbage among them took an eighth of it,
# and once more as the process leaves. Ends when Snakemake freezes its graph (gc.freeze) itself.
gc.set_threshold(200_000, 50, 1000)
atexit.register(gc.freeze)


def shorten_reasons():
    """Say in a line why a job runs: thousands of files, or settings word for word, are a page each.

    `--verbose` has them whole. Ends when Snakemake limits the length itself.
    """

    def shorten(record):
        if getattr(record, "reason", None):
            record.reason = short_reason(str(record.reason))
        return True

    if not workflow.output_settings.verbose:
        logger.addFilter(shorten)


shorten_reasons()


def open_results():
    """Refuse a folder that cannot be used; date results that lie ahead of the clock back.

    Snakemake formats the paths of scripts and environments, braces in the clone's path included:
    ends when it formats what the rule says alone. It takes a result dated ahead as newer than all
    that changes now: ends when it compares contents alone.
    """
    require_plain_clone()
    require_writable(Path("results"))
    if workflow.is_main_process:
        date_back(Path("results"))


def register_gpus():
    """Allow one training per GPU on this machine; without one, cores alone limit the jobs.

    A cluster's scheduler knows its own GPUs (`nodes` holds its --jobs; the executor itself is not
    known while rules are read), and `--resources gpu=N` overrules. Ends when Snakemake counts GPUs.
    """
    if (
        workflow.is_main_process
        and workflow.resource_settings.nodes is None
        and "gpu" not in workflow.global_resources
    ):
        workflow.register_resource("gpu", count_gpus())


def makes_environments():
    """Return whether methods get the environment that they bring: `--sdm conda`."""
    methods = workflow.deployment_settings.deployment_method
    return any(method.name == "CONDA" for method in methods)


def interrupt_on_hangup():
    """Let a closed terminal end a run as Ctrl-C does: trainings save, the folder is unlocked.

    Under `nohup` the signal is ignored, and stays so. Ends when Snakemake does not die at once of
    SIGHUP (9.27 does, and leaves its lock behind).
    """
    by_default = signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    if by_default and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, _hang_up)


def _hang_up(number, frame):
    # A terminal tells its first process alone, which may be this one (`ssh -t host snakemake`); a
    # shell hands it on to all, and hearing it twice is no different.
    for job in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            job.send_signal(number)
    raise KeyboardInterrupt


def drop_default_job_rate():
    """Keep a limit of jobs per second only where the user gives one.

    Snakemake's own (100/1s) leaves a timer behind per job, and each wakes the scheduler every
    second to the end of the run: half of one core of two in a run of 1,290 jobs. Ends when the rate
    limiter drops its timers (9.27 does not).
    """
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def watch_targets(check):
    """Call `check(name, is_rule)` once for each target, default or named, before planning.

    They are not yet known while rules are read, and of one that nothing makes Snakemake says
    "MissingRuleException", or shows the traceback of an input function. It asks of each whether it
    is a rule. Ends when Snakemake has a hook between reading rules and planning.
    """
    asked, seen = workflow.is_rule, set()

    def is_rule(name):
        known = asked(name)
        # While rules are read it asks too, whether a name is taken.
        if workflow.dag_settings is not None and name not in seen:
            seen.add(name)
            with told():
                check(name, known)
        return known

    if workflow.is_main_process:
        workflow.is_rule = is_rule
