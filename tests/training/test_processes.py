"""Several processes are one training: the same batch, divided."""

import csv
import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cytoforge.training import data as data_module
from cytoforge.training import launch as launch_module
from cytoforge.training.data import Batches
from cytoforge.training.interrupt import INTERRUPTED
from cytoforge.training.launch import TrainJob, launch
from cytoforge.training.processes import run_together
from cytoforge.training.state import CHOICES_FILE, STATE_FILE
from tests.once import build_once
from tests.training.jobs import job_on_cpu, write_tiny_tiles

CPU = torch.device("cpu")


def test_processes_divide_a_batch_without_duplicates(tiny_config, tiny_data, monkeypatch):
    data, config = tiny_data(train=7), tiny_config(batch_size=6)
    whole = Batches(data, config, 1, CPU)(3)
    monkeypatch.setattr(data_module, "world_size", lambda: 3)
    own = []
    for number in range(3):
        monkeypatch.setattr(data_module, "rank", lambda number=number: number)
        own.append(Batches(data, config, 1, CPU)(3))
    assert [len(batch) for batch in own] == [2, 2, 2]
    for plane in ("labels", "images"):
        assert torch.equal(torch.cat([batch[plane] for batch in own]), whole[plane])


WORKER = """
import json
import sys
from dataclasses import replace
from pathlib import Path
import torch
from cytoforge.config.training import config_class
from cytoforge.compute.ranks import rank
from cytoforge.tiles.dataset import read_tiles
from cytoforge.training.data import Batches
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.training.processes import leave, meet
from cytoforge.training.tile_data import training_data

folder, processes = Path(sys.argv[1]), sys.argv[2]
if int(processes) > 1:
    meet("gloo")
torch.set_num_threads(1)
device, data = torch.device("cpu"), training_data(read_tiles(folder / "tiles"))
domains = {"images_a": data.train["images"], "images_b": 1 - data.train["images"]}
data = replace(data, train={**data.train, **domains})
gradients = {}
# What is kept in float32 where networks compute in bf16 is kept in float64 where they do in that.
to_float32 = torch.Tensor.float
torch.Tensor.float = lambda values: values if values.dtype == torch.float64 else to_float32(values)
for variant, (model, config, exact) in json.loads((folder / "variants.json").read_text()).items():
    config = config_class(model).model_validate_json(config)
    trained = build_model(model, ModelSetup(config, data.n_codes, data.channels, 5, device))
    batch = Batches(data, config, 1, device)(0)
    if exact:
        for network in trained.networks.values():
            network.double()
        batch = replace(batch, planes={n: plane.double() for n, plane in batch.planes.items()})
    torch.manual_seed(1)
    trained.step(batch, 0)
    gradients[variant] = {
        f"{name} {weight}": value.grad
        for name, network in trained.networks.items()
        for weight, value in network.named_parameters()
        if value.grad is not None
    }
if rank() == 0:
    torch.save(gradients, folder / f"{processes}.pt")
leave(0)
"""

VARIANTS: dict[str, tuple[str, dict[str, object]]] = {
    "batch norm": ("pix2pix", {"norm": "batch", "dropout": False}),
    "instance norm": ("pix2pix", {"norm": "instance", "dropout": False}),
    "wgan_gp, pool": (
        "pix2pix",
        {"gan_mode": "wgan_gp", "norm": "instance", "dropout": False, "pool_size": 1},
    ),
    # Without feature matching, whose L1 turns rounding near 0 into signs: 2e-5, not 1e-5.
    "pix2pixhd": ("pix2pixhd", {"norm": "batch", "lambda_vgg": 0, "lambda_features": 0}),
    "cyclegan, pool": ("cyclegan", {"pool_size": 3}),
    "fastcut": ("cut", {"nce_identity": False, "flip_equivariance": True}),
    # Spectrally normed weights of the usual tiny start leave rounding three times as large.
    "oasis": ("oasis", {"init_gain": 1}),
    "hovernet": ("hovernet", {"types": True, "crop_px": 48}),
    # Its networks take several steps, of Adam's: of gradients that are rounding, whole ones.
    "stylegan2": ("stylegan2", {"distance": False, "path_shrink": 1, "learning_rate": 1e-9}),
}
# Cycle and identity are L1 distances of images, whose gradient is a sign: in float32 one pixel
# whose difference rounds to the other sign is 4e-5 of all gradients at 64 px. In float64 none does,
# and nothing that two processes do otherwise than one can hide behind rounding.
EXACT = {"cyclegan, pool"}


@pytest.fixture
def gradients(tiny_settings, tiny_data, tmp_path_factory, root):
    """Gradients of one process, and of two, by variant; all variants in the same processes."""

    def run(folder: Path) -> None:
        write_tiny_tiles(folder / "tiles", tiny_data())
        settings = {
            name: (
                model,
                tiny_settings(model, batch_size=4, **own).model_dump_json(),
                name in EXACT,
            )
            for name, (model, own) in VARIANTS.items()
        }
        (folder / "variants.json").write_text(json.dumps(settings))
        (folder / "worker.py").write_text(WORKER)
        for processes in (1, 2):
            command = [sys.executable, str(folder / "worker.py"), str(folder), str(processes)]
            environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
            assert run_together(command, processes, environment) == 0

    folder = build_once(tmp_path_factory, "gradients", run)
    return [torch.load(folder / f"{number}.pt", weights_only=True) for number in (1, 2)]


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_two_processes_have_the_gradients_of_one_with_the_same_batch(gradients, variant):
    single, divided = (found[variant] for found in gradients)
    assert single.keys() == divided.keys() != set()
    # Sums come in another order, and gradients that cancel to nothing are all rounding: the
    # yardstick is the largest of all.
    scale = max(float(one.abs().max()) for one in single.values())
    near, share = (1e-10, 1e-10) if variant in EXACT else (2e-5, 1e-5)
    for name, one in single.items():
        torch.testing.assert_close(divided[name], one, atol=near * scale, rtol=share)


@pytest.mark.slow
def test_a_training_in_two_processes_is_written_once(tiny_config, tiny_data, tmp_path):
    tiles = write_tiny_tiles(tmp_path / "tiles", tiny_data())
    histories = []
    for processes in (1, 2):
        config = tiny_config(
            dropout=False, batch_size=4, steps=3, processes=processes, cpu_threads=1,
            validation_scores=("psnr", "rmse", "ssim"),
        )  # fmt: skip
        folder = tmp_path / str(processes)
        launch(job_on_cpu(tiles, folder, config))
        with (folder / "model" / "history.csv").open() as file:
            histories.append(list(csv.DictReader(file)))
    for one, two in zip(*histories, strict=True):
        for name in ("g_gan", "g_l1", "d_real", "d_fake"):
            assert float(two[name]) == pytest.approx(float(one[name]), rel=1e-3)
    for name in ("val_psnr", "val_rmse", "val_ssim"):
        one, two = (float(history[-1][name]) for history in histories)
        assert two == pytest.approx(one, rel=1e-2)
    # Process 0 alone wrote: one event file, and one state that is gone.
    assert len(list((tmp_path / "2" / "state" / "tensorboard").iterdir())) == 1
    totals = json.loads((tmp_path / "2" / "model" / "training.json").read_text())
    assert totals["processes"] == 2


@pytest.fixture
def divided(tiny_config, tiny_data, tmp_path_factory) -> tuple[TrainJob, Path]:
    """A training in two processes and micro-batches, and the folder in which it was done."""

    def run(folder: Path) -> None:
        write_tiny_tiles(folder / "tiles", tiny_data())
        launch(job(folder))

    def job(folder: Path) -> TrainJob:
        config = tiny_config(batch_size=4, steps=16, validate_every=4, processes=2, cpu_threads=1)
        return replace(job_on_cpu(folder / "tiles", folder, config), micro_batches=2)

    folder = build_once(tmp_path_factory, "divided", run)
    return job(folder), folder


def elsewhere(job: TrainJob, folder: Path) -> TrainJob:
    """The same training in another folder."""
    return replace(job, output=str(folder / "model"), state=str(folder / "state"))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "model").iterdir()}


SHORT_OF_MEMORY = """
import sys
import torch
from cytoforge.compute.ranks import rank
from cytoforge.training.launch import _worker
from cytoforge.models.pix2pix.model import Pix2Pix

forward, calls = Pix2Pix.forward, []

def scarce(self, micro):
    calls.append(len(micro.condition))
    if rank() == 1 and calls[2:] and calls[-1] > 1:
        raise torch.OutOfMemoryError("CUDA out of memory")
    return forward(self, micro)

Pix2Pix.forward = scarce
_worker(sys.argv[1])
"""


@pytest.mark.slow
def test_out_of_memory_in_one_process_makes_all_begin_again_with_micro_batches(
    divided, tmp_path, monkeypatch, capfd
):
    # Dividing the batch by itself, it would add its sums to those of another step of the others.
    (tmp_path / "short_of_memory.py").write_text(SHORT_OF_MEMORY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(launch_module, "WORKER", "short_of_memory")
    job, folder = divided
    launch(replace(elsewhere(job, tmp_path), micro_batches=1))
    found, expected = files(tmp_path), files(folder)
    for trained in (found, expected):
        assert json.loads(trained.pop("training.json"))["micro_batches"] == 2
    assert found == expected
    said = capfd.readouterr().err
    assert "out of memory: trying 1 tiles at a time, 2 micro-batches per step" in said
    assert "`batch_size: 2` would fit" in said


@pytest.mark.slow
def test_an_error_in_one_process_ends_all_and_is_shown(
    tiny_config, tiny_data, tmp_path, monkeypatch, capfd
):
    broken = SHORT_OF_MEMORY.replace('torch.OutOfMemoryError("CUDA out of memory")', "KeyError(7)")
    (tmp_path / "broken.py").write_text(broken)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(launch_module, "WORKER", "broken")
    tiles = write_tiny_tiles(tmp_path / "tiles", tiny_data())
    config = tiny_config(batch_size=4, steps=4, validate_every=4, processes=2, cpu_threads=1)
    with pytest.raises(SystemExit) as left:
        launch(job_on_cpu(tiles, tmp_path, config))
    assert left.value.code == 1
    assert "KeyError: 7" in capfd.readouterr().err


def forked(job: TrainJob) -> int:
    """Start a training in a process of its own, which has imported all it needs; return its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        launch(job)
        code = 0
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    finally:
        os._exit(code)


def exit_code(child: int, seconds: float = 30) -> int:
    """Wait for a process that was asked to leave; AssertionError where it stays."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, signal.SIGTERM)
    raise AssertionError("it did not leave")


@pytest.mark.slow
def test_processes_asked_to_leave_save_and_continue_to_the_same_bytes(divided, tmp_path):
    job, folder = divided
    parts = elsewhere(job, tmp_path)
    asked = forked(parts)
    while not (tmp_path / "state" / "progress.json").exists():
        time.sleep(0.05)
    os.kill(asked, signal.SIGUSR1)  # a cluster's warning
    assert exit_code(asked, seconds=300) == INTERRUPTED
    assert (tmp_path / "state" / STATE_FILE).exists()
    launch(parts)
    found, expected = files(tmp_path), files(folder)
    for name in ("model.safetensors", "model.json", "history.csv", "samples.png"):
        assert found[name] == expected[name], name


@pytest.mark.slow
def test_processes_asked_to_leave_long_before_the_next_report_save_in_time(
    tiny_config, tiny_data, tmp_path
):
    tiles = write_tiny_tiles(tmp_path / "tiles", tiny_data())
    never = 10**6
    config = tiny_config(steps=never, validate_every=never, processes=2, cpu_threads=1)
    started = forked(job_on_cpu(tiles, tmp_path, config))
    while not (tmp_path / "state" / CHOICES_FILE).exists():
        time.sleep(0.05)
    time.sleep(2)
    os.kill(started, signal.SIGTERM)
    assert exit_code(started) == INTERRUPTED
    state = torch.load(tmp_path / "state" / STATE_FILE, weights_only=True)
    assert 1 <= state["step"] < never  # however slow the machine
