"""The table of weight files and where they may lie; light enough for rules to ask."""

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cytoforge.config.metrics import MetricsConfig
from cytoforge.errors import UserError
from cytoforge.jobs.digests import Digests
from cytoforge.jobs.user_path import look_at

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "resources" / "weights.tsv"
FETCHED = ROOT / "resources" / "weights"
ENVIRONMENT = "CYTOFORGE_WEIGHTS"
MISSING = "missing"  # no file, or none that is whole


@dataclass(frozen=True)
class WeightFile:
    """A row of resources/weights.tsv; `address` and `package` are "" where there is none."""

    name: str
    file: str
    sha256: str
    address: str
    package: str


def read_table(path: Path = TABLE) -> tuple[WeightFile, ...]:
    """Read the table of weights; lines starting with # are comments."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t")
    return tuple(
        WeightFile(**{key: "" if value == "-" else value for key, value in row.items()})
        for row in rows
    )


def hub_cache() -> Path:
    """Return torch hub's folder of checkpoints, by torch's own rules."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))  # noqa: PTH118
    return Path(home).expanduser() / "hub" / "checkpoints"


def places(row: WeightFile, config: MetricsConfig) -> list[Path]:
    """Return where a file is looked for, in order: the named folder, `make weights`', the cache."""
    named = config.weights_dir or os.environ.get(ENVIRONMENT)
    folders = [Path(named).expanduser()] if named else []
    return [folder / row.file for folder in (*folders, FETCHED, hub_cache())]


def weights_state(config: MetricsConfig, digests: Digests) -> dict[str, str]:
    """Return, for each name in the table, the file that is there and whole, or "missing".

    Rules put it among their parameters, so that scores are made again when weights arrive, or when
    a damaged file is replaced by a whole one.
    """
    state: dict[str, str] = {}
    for row in read_table():
        if state.get(row.name, MISSING) == MISSING:
            whole = any(_is_whole(path, row, digests) for path in places(row, config))
            state[row.name] = row.file if whole else MISSING
    return state


def _is_whole(path: Path, row: WeightFile, digests: Digests) -> bool:
    return look_at(path).kind == "file" and digests.holds(path, row.sha256)


def refuse_damaged(name: str, config: MetricsConfig, digests: Digests) -> None:
    """Raise UserError where weights of that name are there, but none that is whole."""
    found = [
        (path, _is_whole(path, row, digests))
        for row in read_table()
        for path in places(row, config)
        if row.name == name and look_at(path).kind == "file"
    ]
    if found and not any(whole for _, whole in found):
        raise UserError(
            where=str(found[0][0]),
            expected=f"the weights of {name}, with the sha256 in resources/weights.tsv",
            found="other bytes: damaged, or another file of that name",
            fix="delete it and fetch it again (`make weights`, resources/weights.tsv); without the"
            " file, training goes on with what needs no weights",
        )


def refuse_selection(where: str, score: str, reason: str) -> UserError:
    """Return the refusal of a training that is to choose its weights by a score without any."""
    return UserError(
        where=f"{where}.training.select_by",
        expected=f"what `{score}` is computed with, since it is to choose the weights kept",
        found=reason,
        fix="make it available as resources/weights.tsv says (`make weights`), or choose"
        " `select_by: l1` or `last`; without the key the task falls back by itself, and says so",
    )


def where_weights_are(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a raw config that say where weights lie.

    Scripts read them past `params:`, since a moved folder changes no result.
    """
    metrics = config.get("metrics") or {}
    return {key: metrics[key] for key in ("weights_dir", "download") if key in metrics}
