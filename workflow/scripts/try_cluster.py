"""Say where a job of this workflow finds itself: the first that is sent to a cluster."""

import os
import platform

import torch

from cytoforge.compute.devices import pick_device
from cytoforge.jobs.job import job

with job(snakemake):
    print(f"node: {platform.node()}, SLURM job {os.environ.get('SLURM_JOB_ID', '-')}")
    print(f"Python {platform.python_version()}, torch {torch.__version__}")
    print(f"cores: {len(os.sched_getaffinity(0))}; folder: {os.getcwd()}")  # noqa: PTH109
    _, device = pick_device(snakemake.params.device, threads=1)
    print(device)
    print("this cluster can run the workflow's jobs here")
