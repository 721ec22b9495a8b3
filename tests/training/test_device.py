import pytest
import torch

from cytoforge.errors import UserError
from cytoforge.training.device import pick_device
from cytoforge.training.model import ModelSetup
from cytoforge.training.precision import settle_precision


def test_cpu_with_the_given_threads():
    before = torch.get_num_threads()
    device, line = pick_device("cpu", threads=1)
    assert device.type == "cpu"
    assert line == "device: cpu, 1 threads"
    torch.set_num_threads(before)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_asking_for_a_gpu_that_is_not_there():
    with pytest.raises(UserError, match="CUDA device"):
        pick_device("cuda")


def test_auto_precision_is_measured_and_kept(tiny_config):
    config = tiny_config(precision="auto")
    setup = ModelSetup(config, n_codes=3, channels=1, seed=1, device=torch.device("cpu"))
    precision, line = settle_precision("pix2pix", setup, 128)
    assert precision in ("fp32", "bf16")
    assert line.startswith(f"precision: {precision} (")
    assert settle_precision("pix2pix", setup, 128, settled="bf16")[0] == "bf16"
