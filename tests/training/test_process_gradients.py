"""Two processes have the gradients of one with the same batch, whatever the model."""

import json
import os
import sys
from pathlib import Path

import pytest
import torch

from cytoforge.training.processes import run_together
from tests.once import build_once
from tests.training.jobs import write_tiny_tiles

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
