"""What a saved state belongs to: the same config, data, seed and code, or it is not continued."""

import hashlib
import json
from typing import Any

import numpy as np
import torch

from cytoforge.jobs.staleness import code_version, module_version
from cytoforge.training.data import TrainingData

# The loop, and what stands around it: how it begins, goes on and is undone, losses and scores by
# networks that were trained elsewhere.
CODE = (
    "cytoforge/training/run.py",
    "cytoforge/training/score_networks.py",
    "cytoforge/pretrained/vgg_loss.py",
)


def training_fingerprint(settings: dict[str, Any], data: TrainingData) -> str:
    """Return a sha256 over settings (JSON), tiles, the code that trains and torch's version."""
    digest = hashlib.sha256()
    digest.update(json.dumps(settings, sort_keys=True).encode())
    for split, planes in (("train", data.train), ("val", data.val)):
        for name in sorted(planes):
            array = planes[name]
            digest.update(f"{split} {name} {array.shape} {array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    for name in sorted(data.weights):
        digest.update(f"weights {name}".encode() + data.weights[name].tobytes())
    digest.update(b"apart" if data.apart else b"")
    # All that computes is reached from these. How tiles are read is not: the tiles are hashed.
    for file in CODE:
        digest.update(code_version(file).encode())
    digest.update(module_version("models", settings["model"], "model").encode())
    digest.update(module_version("tasks", settings["training"]["task"]).encode())
    digest.update(torch.__version__.encode())
    return digest.hexdigest()
