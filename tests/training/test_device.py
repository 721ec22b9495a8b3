import subprocess
import sys

import pytest
import torch

from cytoforge.errors import UserError
from cytoforge.training.device import hold_one, pick_device
from cytoforge.training.model import ModelSetup
from cytoforge.training.precision import settle_precision


def test_jobs_of_one_machine_hold_different_devices(tmp_path):
    with hold_one(["a", "b"], tmp_path) as first, hold_one(["a", "b"], tmp_path) as second:
        assert (first, second) == (0, 1)
        with hold_one(["a", "b"], tmp_path) as third:
            assert third is None
    with hold_one(["a", "b"], tmp_path) as again:
        assert again == 0


def test_a_killed_job_frees_its_device(tmp_path, root):
    code = "import sys, time; from cytoforge.training.device import hold_one; " + (
        f"h = hold_one(['a'], __import__('pathlib').Path({str(tmp_path)!r})); h.__enter__(); "
        "print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "held\n"
    with hold_one(["a"], tmp_path) as index:
        assert index is None
    child.kill()
    child.wait()
    with hold_one(["a"], tmp_path) as index:
        assert index == 0


def test_cpu_with_the_given_threads():
    before = torch.get_num_threads()
    with pick_device("cpu", threads=1) as (device, line):
        assert device.type == "cpu"
        assert line == "device: cpu, 1 threads"
    torch.set_num_threads(before)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_asking_for_a_gpu_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="CUDA device"), pick_device("cuda"):
        pass


def test_auto_precision_is_measured_and_kept(tiny_config):
    config = tiny_config(precision="auto")
    setup = ModelSetup(config, n_codes=3, channels=1, seed=1, device=torch.device("cpu"))
    precision, line = settle_precision("pix2pix", setup, 128)
    assert precision in ("fp32", "bf16")
    assert line.startswith(f"precision: {precision} (")
    assert settle_precision("pix2pix", setup, 128, settled="bf16")[0] == "bf16"
