"""A step on a GPU that is only thought of: nothing of it is left on the CPU, and nothing waits.

Fake tensors have shapes and devices and no values: mixing devices is an error, and so is every
question for a value, which on a real GPU would wait for all that was given to it.
"""

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from cytoforge.compute.steps import Batch
from cytoforge.models.gan import GanModel
from cytoforge.models.model import ModelSetup
from cytoforge.models.registry import build_model
from cytoforge.training.data import Batches
from cytoforge.training.history import History

SIDE, CUDA = 64, torch.device("cuda")
VARIANTS = {
    "pix2pix": ("pix2pix", {"generator": "unet_32"}),
    "pix2pix, resize": ("pix2pix", {"generator": "resnet_6", "upsampling": "resize"}),
    "pix2pix, labels": ("pix2pix", {"generator": "unet_32", "task": "image_to_labels"}),
    "pix2pixHD": ("pix2pixhd", {}),
    "pix2pixHD, local": ("pix2pixhd", {"generator": "local", "select_by": "last"}),
    "OASIS": ("oasis", {}),
    "OASIS, bilinear": ("oasis", {"upsampling": "bilinear", "lambda_mask": 0.5}),
    "CycleGAN": ("cyclegan", {}),
    "CUT": ("cut", {}),
    # Without what differentiates twice: autograd asks for a GPU's context.
    "StyleGAN2": ("stylegan2", {"r1_gamma": 0, "path_weight": 0}),
    "StyleGAN3-r": ("stylegan3_r", {"r1_gamma": 0}),
    "FastCUT": ("cut", {"nce_identity": False, "flip_equivariance": True}),
}


pytestmark = pytest.mark.filterwarnings("ignore:.*Disabling autocast")


@pytest.fixture(autouse=True)
def thought_of(monkeypatch):
    """No context of a GPU is there for pinned memory, random weights and backward passes."""
    if not torch.backends.cuda.is_built():
        pytest.skip("this torch knows no CUDA")

    def add(model, name, network, init=None, rate=1):
        model.networks[name], model.rates[name] = network, rate
        model.optimisers[name] = torch.optim.Adam(network.parameters(), fused=True)

    monkeypatch.setattr(GanModel, "add", add)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor)
    monkeypatch.setattr(torch.Tensor, "backward", lambda tensor: None)
    with FakeTensorMode():
        yield


def built(tiny_settings, name, **overrules):
    model, variant = VARIANTS[name]
    config = tiny_settings(model, channels_last=True, **variant, **overrules).for_tiles(SIDE)
    with CUDA:
        return build_model(model, ModelSetup(config, 3, 1, 5, CUDA, "bf16", total_steps=9))


def tiles() -> Batch:
    cells = torch.zeros(2, SIDE, SIDE, dtype=torch.int32, device=CUDA)
    maps = {"labels": cells.to(torch.uint8), "instances": cells, "distances": cells.float()}
    images = dict.fromkeys(
        ("images", "images_a", "images_b"), torch.zeros(2, 1, SIDE, SIDE, device=CUDA)
    )
    return Batch({**maps, **images})


@pytest.mark.parametrize("name", VARIANTS)
def test_a_step_stays_on_the_gpu_and_never_waits(tiny_settings, name):
    history = History()
    for step in range(2):
        losses = built(tiny_settings, name).step(tiles(), step)
        assert {loss.device.type for loss in losses.values()} == {"cuda"}
        history.add(losses)


def test_a_question_for_a_value_would_be_noticed():
    with pytest.raises(DataDependentOutputException):
        float(torch.zeros((), device=CUDA))


def test_what_is_left_on_the_cpu_would_be_noticed():
    with pytest.raises(RuntimeError, match="device"):
        torch.zeros(2, device=CUDA) + torch.zeros(2)


def test_batches_are_gathered_on_the_gpu(tiny_config, tiny_data):
    batch = Batches(tiny_data(side=SIDE), tiny_config(), 1, CUDA)(3)
    assert {tensor.device.type for tensor in batch.planes.values()} == {"cuda"}
    assert batch["images"].shape == (2, 2, SIDE, SIDE)
