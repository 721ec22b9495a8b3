"""SIGKILL at any moment, any number of times: the same bytes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

KILLS = 20

# One Python that forks a training, kills it at a random moment and forks again: starting Python
# and torch anew each time would take most of a minute. No tensor is computed before the forks.
CAMPAIGN = """
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.utils.tensorboard

from cytoforge.config.models import MODEL_CONFIGS
from cytoforge.training.data import TrainingData
from cytoforge.training.run import train

arrays, info, model, config, folder, kills = sys.argv[1:]
arrays = np.load(arrays)
data = TrainingData(**{name: arrays[name] for name in arrays}, n_codes=3,
                    colours=((0, 0, 0), (9, 9, 9), (0, 0, 255)), info=json.loads(info))
config, folder = MODEL_CONFIGS[model].model_validate_json(config), Path(folder)

def start(name):
    child = os.fork()
    if child:
        return child
    # Only a crash of ours ends with 1: all else would look like success.
    try:
        train(data, config, model, folder / name / "model", folder / name / "state", seed=1,
              threads=1, device="cpu")
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)
    os._exit(0)

def wait(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

began = time.monotonic()
assert wait(start("whole")) == 0
whole = time.monotonic() - began
done, continued = 0, 0
while done < int(kills) or not continued:
    child = start("parts")
    time.sleep(random.uniform(0.1, 0.9) * whole)
    os.kill(child, signal.SIGKILL)
    code = wait(child)
    assert code in (0, -signal.SIGKILL), code
    done += code != 0
    continued += (folder / "parts" / "state" / "state.pt").exists()
    if code == 0:  # it was faster: begin again
        import shutil
        shutil.rmtree(folder / "parts")
assert wait(start("parts")) == 0
print(json.dumps({"kills": done, "with_state": continued}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("model", ["pix2pix", "pix2pixhd", "oasis"])
def test_killed_twenty_times_a_training_ends_with_the_same_bytes(
    model, tiny_settings, tiny_data, tmp_path, root
):
    data = tiny_data()
    config = tiny_settings(model, steps=24, validate_every=2, ema_decay=0.9)
    arrays = ("images", "labels", "instances", "val_images", "val_labels", "val_instances")
    np.savez(tmp_path / "data.npz", **{name: getattr(data, name) for name in arrays})
    command = [sys.executable, "-c", CAMPAIGN, str(tmp_path / "data.npz"), json.dumps(data.info)]
    command += [model, config.model_dump_json(), str(tmp_path), str(KILLS)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    counted = json.loads(done.stdout.splitlines()[-1])
    assert counted["kills"] >= KILLS
    assert counted["with_state"] > 0  # some were killed after they had saved
    for whole in sorted((tmp_path / "whole" / "model").iterdir()):
        if whole.name != "training.json":  # times
            assert same_bytes(whole, tmp_path / "parts" / "model" / whole.name), whole.name


def same_bytes(first: Path, second: Path) -> bool:
    return first.read_bytes() == second.read_bytes()
