# What Snakemake does for each job that planning needs once: 10,000 images are 40,000 jobs. Each of
# these ends when Snakemake remembers it itself (9.27 does not). They know the insides of that release
# alone: any other plans without them, more slowly.
import os
import re

import snakemake.common
import snakemake.io
import snakemake.rules
from snakemake.dag import DAG
from snakemake.exceptions import ChildIOException
from snakemake.jobs import Job
from snakemake.output_index import OutputIndex
from snakemake.settings.enums import Quietness

KNOWN_INSIDES = "9.27."


def remember_parameters():
    """Look once at the parameters of each function of the rules: it is done ten times per job."""
    look, known = snakemake.common.get_function_params, {}

    def get_function_params(function):
        # Two closures of one text have the same parameters. Of what is no plain function, or was
        # given others (`functools.wraps`), nothing is kept.
        text = getattr(function, "__code__", None)
        if text is None or function.__dict__:
            return look(function)
        key = text, hasattr(function, "__self__")
        if key not in known:
            known[key] = look(function)
        return known[key]

    snakemake.common.get_function_params = get_function_params
    snakemake.rules.get_function_params = get_function_params


def look_once_for_scripts():
    """Read the script of each rule once to see that it exists, and not for every job."""
    from snakemake.dag import ScriptProcessor

    look, seen = ScriptProcessor.process_job, set()

    def process_job(processor, job):
        script = str(getattr(job.rule, processor.script_type) or "")
        known = job.rule in seen
        if "{" in script or not known:
            look(processor, job)
            seen.add(job.rule)

    ScriptProcessor.process_job = process_job


def ask_once_for_environments():
    """Compute no job's parameters to name its environment, which is its rule's."""
    from snakemake.rules import _NOT_CACHED

    ask = Job.conda_env_spec.fget

    def conda_env_spec(job):
        spec = job.rule._expanded_conda_env
        return ask(job) if spec is _NOT_CACHED else spec

    Job.conda_env_spec = property(conda_env_spec)


def message_of_wildcards():
    """Compute no job's parameters for a message that names wildcards alone."""
    ask = Job.message.fget

    def message(job):
        text = job.rule.message
        if not text or re.search(r"[{](?!wildcards[.][a-z_]+[}])", text):
            return ask(job)
        return text.format(wildcards=job._format_wildcards)

    Job.message = property(message)


def ask_files_little():
    """Ask a file for its flags without an abstract class, for its folder's listing only where it is
    not known itself, and look at each path's form once: five million times per plan.
    """
    file, look, seen = snakemake.io._IOFile, snakemake.io.check, set()
    ask = snakemake.io.ExistsDict.__contains__

    def flagged(self):
        return "storage_object" in getattr(self._file, "flags", ())

    def contains(known, path):
        return dict.__contains__(known, path) or (
            bool(known.has_inventory) and ask(known, path)
        )

    def check(path, rule=None, is_storage=False):
        if path not in seen:
            look(path, rule, is_storage)
            seen.add(path)

    file.is_storage = property(flagged)
    snakemake.io.ExistsDict.__contains__ = contains
    snakemake.io.check = check


def remember_producers():
    """Look once for the rules that make a file, and not for each job that reads it."""
    look = OutputIndex.match_producers

    def match_producers(index, path):
        known = index.__dict__.setdefault("known_producers", {})
        if path not in known:
            known[path] = look(index, path)
        return known[path]

    OutputIndex.match_producers = match_producers


def find_outputs_within_outputs():
    """Find what lies within another job's output by its folders: all outputs were sorted as paths."""

    def check_directory_outputs(dag):
        jobs = {os.path.abspath(file): job for job in dag.jobs for file in job.output}
        folders = {os.path.dirname(path) for path in jobs}
        above = {
            folder: [p for p in (folder, *map(str, Path(folder).parents)) if p in jobs]
            for folder in folders
        }
        for path, job in jobs.items():
            for parent in above[os.path.dirname(path)]:
                if jobs[parent] != job:
                    raise ChildIOException(parent=parent, child=path)

    DAG.check_directory_outputs = check_directory_outputs


def describe_what_is_shown():
    """Describe no job of a dry run that is told not to show them (`--quiet rules`)."""
    from snakemake.executors import dryrun

    output = workflow.output_settings
    shown = Quietness.RULES not in (output.quiet or ())
    if not (shown or output.log_handler_settings or workflow.workflow_settings.cache):
        dryrun.Executor.printjob = lambda executor, job: None


def free_nothing_in_dry_runs():
    """Ask no job of a dry run what it takes: none of it was given away."""
    from snakemake.scheduling.job_scheduler import JobScheduler

    free = JobScheduler._free_resources

    def _free_resources(scheduler, job):
        if not scheduler.dryrun:
            free(scheduler, job)

    JobScheduler._free_resources = _free_resources


if snakemake.__version__.startswith(KNOWN_INSIDES):
    remember_parameters()
    look_once_for_scripts()
    ask_once_for_environments()
    message_of_wildcards()
    ask_files_little()
    remember_producers()
    find_outputs_within_outputs()
    describe_what_is_shown()
    free_nothing_in_dry_runs()
