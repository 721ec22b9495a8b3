# What Snakemake does for each job that planning needs once: 10,000 images are 40,000 jobs. Each of
# these ends when Snakemake remembers it itself (9.27 does not). They know the insides of that release
# alone: any other plans without them, more slowly.
import re

import snakemake.common
import snakemake.rules
from snakemake.jobs import Job
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
    describe_what_is_shown()
    free_nothing_in_dry_runs()
