"""One training as the workflow runs it: in this process, or in several.

Here and in `score_networks` alone training meets networks with weights from elsewhere.
"""

import json
import os
import sys
import tempfile
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import torch

from cytoforge.compute.memory import out_of_memory, with_enough_memory
from cytoforge.compute.ranks import agreed, rank
from cytoforge.config.metrics import MetricsConfig
from cytoforge.config.training import TrainingConfig, config_class
from cytoforge.errors import UserError
from cytoforge.pretrained.vgg_loss import training_vgg_loss
from cytoforge.tiles.dataset import read_tiles
from cytoforge.training.assignment import Pretrained
from cytoforge.training.interrupt import INTERRUPTED, TrainingInterrupted
from cytoforge.training.processes import leave, meet, run_together
from cytoforge.training.run import train
from cytoforge.training.score_networks import score_distances, with_frechet_named
from cytoforge.training.tile_data import training_data

ROOT = Path(__file__).parents[2]
WORKER = "cytoforge.training.launch"  # the module that each of several processes runs


@dataclass(frozen=True)
class TrainJob:
    """Plain values, so that the job can be handed to other processes as JSON."""

    tiles: str
    output: str
    state: str
    model: str
    training: dict[str, Any]
    weights: dict[str, Any]  # where pretrained weights lie: fields of MetricsConfig
    seed: int
    device: str = "auto"
    micro_batches: int = 1  # that each step's batch is summed over at least


def run_job(job: TrainJob, terminal: TextIO | None = None) -> None:
    """Train in this process."""
    weights = MetricsConfig.model_validate(job.weights)
    config = with_frechet_named(training_settings(job), weights)
    data = training_data(read_tiles(job.tiles))
    train(
        data,
        config,
        job.model,
        job.output,
        job.state,
        seed=job.seed,
        threads=config.cpu_threads,
        micro_batches=job.micro_batches,
        pretrained=Pretrained(
            distances=score_distances(
                config, weights, data.tile_px, min(map(len, data.val.values()))
            ),
            feature_loss=training_vgg_loss(weights) if "vgg19" in config.pretrained else None,
        ),
        device=job.device,
        terminal=terminal,
    )


def launch(job: TrainJob, terminal: TextIO | None = None) -> None:
    """Train in as many processes as the config says."""
    try:
        _launch(job, terminal)
    except TrainingInterrupted:
        with suppress(OSError):  # the terminal may have been closed
            text = f"\n{job.output}: state saved; the same command continues the training\n\n"
            print(text, file=terminal or sys.stderr, flush=True)
        raise


def _launch(job: TrainJob, terminal: TextIO | None) -> None:
    config = training_settings(job)
    if config.processes == 1:
        run_job(job, terminal)
        return

    def attempt(micro_batches: int) -> None:
        _in_processes(replace(job, micro_batches=micro_batches), config.processes)

    # One process alone must never divide its batch: its sums would meet those that the others have
    # of another step. All leave, and begin again from the saved state.
    say = partial(print, file=sys.stderr, flush=True)
    tiles = config.batch_size // config.processes
    with_enough_memory(attempt, job.micro_batches, tiles, say, config.processes)


def _in_processes(job: TrainJob, processes: int) -> None:
    """Train once; raises MemoryError where a process ran out of memory."""
    python_path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with tempfile.TemporaryDirectory(prefix="cytoforge-") as folder:
        path = Path(folder) / "job.json"
        path.write_text(json.dumps(asdict(job)), encoding="utf-8")
        command = [sys.executable, "-m", WORKER, str(path)]
        code = run_together(command, processes, {**os.environ, "PYTHONPATH": python_path})
        if code and _sign_of_no_memory(path).exists():
            raise MemoryError
    if code:
        raise SystemExit(1)


def _sign_of_no_memory(job: Path) -> Path:
    """Return the file by which any of the processes says why it left."""
    return job.with_name("out_of_memory")


def training_settings(job: TrainJob) -> TrainingConfig:
    """Return the job's typed settings."""
    return config_class(job.model).model_validate(job.training)


def _worker(path: str) -> None:
    """Train as one of several processes."""
    job = TrainJob(**json.loads(Path(path).read_text(encoding="utf-8")))
    on_gpus = torch.cuda.is_available() and job.device != "cpu"
    code = 1
    try:
        meet("nccl" if on_gpus else "gloo")
        run_job(replace(job, device=f"cuda:{rank()}" if on_gpus else "cpu"))
        code = 0
        with suppress(RuntimeError):  # another is gone already, which no longer matters
            agreed(None)  # nobody leaves while process 0 still writes
    except TrainingInterrupted:
        code = INTERRUPTED
    except BaseException as error:
        if out_of_memory(error):
            _sign_of_no_memory(Path(path)).touch()
        text = str(error) if isinstance(error, UserError) else traceback.format_exc()
        print(text, file=sys.stderr, flush=True)
    leave(code)  # the others may wait for this process in the middle of a step: at once


if __name__ == "__main__":
    _worker(sys.argv[1])
