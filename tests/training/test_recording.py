"""Recorded steps are the eager ones, byte for byte; a GPU's recorder is stood in for on the CPU."""

import copy

import pytest
import torch

from cytoforge.compute.recorded_steps import WARM_UP, RecordedSteps
from cytoforge.compute.steps import Batch
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.training.data import tensors_of
from tests.training import tape

CPU = torch.device("cpu")
PLANES = ("images", "labels", "instances")
N_CODES, STEPS, SIDE = 3, 3 * (WARM_UP + 2), 32

MODELS = {
    "pix2pix": ("pix2pix", {"generator": "unet_32"}),
    "pix2pix, WGAN-GP": ("pix2pix", {"gan_mode": "wgan_gp", "generator": "resnet_6"}),
    "pix2pix, plain layers": ("pix2pix", {"generator": "unet_32", "norm": "none"}),
    "pix2pixHD": ("pix2pixhd", {}),
    "pix2pixHD, in phases": (
        "pix2pixhd",
        {
            "generator": "local",
            "coarse_fraction": 0.35,
            "enhancer_only_fraction": 0.35,
            "select_by": "last",
        },
    ),
    "OASIS": ("oasis", {}),
    "OASIS, same fakes": ("oasis", {"fresh_fakes": False}),
    "CycleGAN": ("cyclegan", {}),
    "StyleGAN2": ("stylegan2", {"r1_every": 2, "path_every": 2, "ada_every": 2, "ada_kimg": 0.01}),
    "StyleGAN3-r": ("stylegan3_r", {"r1_every": 2, "blur_px": 0, "ada_every": 2, "ada_kimg": 0.01}),
    "FastCUT": ("cut", {"nce_identity": False, "flip_equivariance": True}),
    "OASIS with R1": (
        "oasis",
        {
            "supervision": "usis",
            "r1_every": 2,
            "wavelet_discriminator_filters": 4,
            "wavelet_discriminator_stages": 2,
        },
    ),
}


@pytest.fixture(autouse=True)
def no_gpu_needed(monkeypatch):
    tape.stand_in(monkeypatch)


def built(tiny_settings, name):
    model, overrules = MODELS[name]
    config = tiny_settings(model, **overrules).for_tiles(SIDE)
    return build_model(model, ModelSetup(config, N_CODES, 2, 5, CPU, total_steps=STEPS))


def batches(tiny_data):
    """Other tiles each step."""
    planes = tensors_of(tiny_data(train=4, side=SIDE).train, PLANES, CPU)
    planes["distances"] = planes["labels"].float() - 1
    planes |= {"images_a": planes["images"], "images_b": -planes["images"]}
    for k in range(STEPS):
        own = [k % 4, (k + 1) % 4]
        yield Batch({name: plane[own] for name, plane in planes.items()})


def train(model, update, tiny_data):
    """Return all losses; the rate changes, as the loop changes it."""
    losses = []
    for k, batch in enumerate(batches(tiny_data)):
        for optimiser in model.optimisers.values():
            optimiser.param_groups[0]["lr"] = 2.0 ** -(10 + k)  # the same number in any precision
        torch.manual_seed(k)
        losses.append({name: float(loss) for name, loss in update(model.draw(batch), k).items()})
    return losses


@pytest.mark.parametrize("name", MODELS)
def test_recorded_steps_are_the_eager_ones(tiny_settings, tiny_data, name):
    eager, replayed = built(tiny_settings, name), built(tiny_settings, name)
    steps = RecordedSteps(replayed)
    assert train(replayed, steps, tiny_data) == train(eager, eager.update, tiny_data)
    assert len(steps.graphs) == len({eager.graph_key(k) for k in range(STEPS)})
    for name, network in eager.networks.items():
        for key, value in network.state_dict().items():
            assert torch.equal(replayed.networks[name].state_dict()[key], value), (name, key)


def test_a_step_that_cannot_be_recorded_is_taken_plainly(tiny_settings, tiny_data):
    config = tiny_settings("pix2pix", pool_size=2, generator="unet_32")
    setup = ModelSetup(config, N_CODES, 2, 5, CPU, total_steps=STEPS)
    eager, other = build_model("pix2pix", setup), build_model("pix2pix", setup)
    steps = RecordedSteps(other)
    assert train(other, steps, tiny_data) == train(eager, eager.update, tiny_data)
    assert not steps.graphs


def test_a_saved_state_holds_plain_rates(tiny_settings, tiny_data):
    model = built(tiny_settings, "pix2pix")
    train(model, RecordedSteps(model), tiny_data)
    for optimiser in model.optimisers.values():
        (group,) = optimiser.state_dict()["param_groups"]
        assert group["lr"] == 2.0 ** -(10 + STEPS - 1)
        assert group["capturable"] is False


def record(model, tiles, first):
    """Take steps from number `first` on."""
    update = RecordedSteps(model)
    for k, batch in enumerate(tiles, first):
        torch.manual_seed(k)
        update(model.draw(batch), k)


def test_a_resumed_training_records_again_and_goes_on_alike(tiny_settings, tiny_data):
    whole, first, second = (built(tiny_settings, "OASIS") for _ in range(3))
    tiles = list(batches(tiny_data))
    half = STEPS // 2
    record(whole, tiles, 0)
    record(first, tiles[:half], 0)
    for name, network in second.networks.items():
        network.load_state_dict(first.networks[name].state_dict())
        second.optimisers[name].load_state_dict(copy.deepcopy(first.optimisers[name].state_dict()))
    record(second, tiles[half:], half)
    for name, network in whole.networks.items():
        for key, value in network.state_dict().items():
            assert torch.equal(second.networks[name].state_dict()[key], value), (name, key)
