"""What a source of label maps has learned, on disk: arrays by name, and facts beside them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import atomic_path


@dataclass(frozen=True)
class Learned:
    """What was learned.

    Attributes
    ----------
    arrays : by name
    facts : what JSON can hold
    """

    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any] = field(default_factory=dict)


def write_learned(path: str | Path, learned: Learned) -> None:
    """Write a safetensors file, the same bytes for the same content."""
    arrays = {name: np.ascontiguousarray(learned.arrays[name]) for name in sorted(learned.arrays)}
    facts = json.dumps(learned.facts, sort_keys=True, allow_nan=False)
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(arrays, metadata={"facts": facts}))


def read_learned(path: str | Path) -> Learned:
    """Read what `write_learned` wrote; UserError where the file is none of ours."""
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads(file.metadata()["facts"])
            names = list(file.keys())
            return Learned({name: file.get_tensor(name) for name in names}, facts)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            where=str(path),
            expected="what a source of label maps has learned, as written by this workflow",
            found=f"{type(error).__name__}: {error}",
            fix="Delete the file and run again.",
        ) from error
