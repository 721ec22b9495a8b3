"""What surrounds the work of every script: its log, its GPUs, whole inputs, recorded outputs."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, TextIO

from cytoforge.jobs.checksums import record, verify
from cytoforge.jobs.gpus import gpu_lease
from cytoforge.jobs.job_log import job_log


class Job(Protocol):
    """What a script is given by the workflow, as far as `job` reads it."""

    log: list[str]
    input: Iterable[str]
    output: Iterable[str]
    resources: Mapping[str, int]


@contextmanager
def job(given: Job) -> Iterator[TextIO]:
    """Run a script's work; yield what was standard error before, for progress bars.

    Output and errors go to the log (`jobs.job_log`). Inputs are compared with the checksums
    taken when they were made, outputs are recorded. As many GPUs as the rule asks for are this
    job's alone until it ends, unless the cluster's scheduler has chosen them.
    """
    with job_log(given.log[0]) as terminal, gpu_lease(given.resources.get("gpu", 0)):
        verify(given.input)
        yield terminal
        record(given.output)
