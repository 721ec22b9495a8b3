"""What a saved state belongs to: the same config, data, seed and code, or it is not continued."""

import hashlib
import json
from typing import Any

import numpy as np
import torch

from cytoforge.jobs.staleness import code_version, module_version
from cytoforge.training.data import TrainingData

LOOP = "cytoforge/training/loop.py"


def training_fingerprint(settings: dict[str, Any], data: TrainingData) -> str:
    """Return a sha256 over settings (JSON), tiles, the code that trains and torch's version."""
    digest = hashlib.sha256()
    digest.update(json.dumps(settings, sort_keys=True).encode())
    train = (data.images, data.labels, data.instances)
    for array in (*train, data.val_images, data.val_labels, data.val_instances):
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    # All that computes is reached from these. How tiles are read is not: the tiles are hashed.
    digest.update(code_version(LOOP).encode())
    digest.update(module_version("models", settings["model"], "model").encode())
    digest.update(module_version("tasks", settings["training"]["task"]).encode())
    digest.update(torch.__version__.encode())
    return digest.hexdigest()
