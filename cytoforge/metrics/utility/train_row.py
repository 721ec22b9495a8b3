"""All trainings of one row, each tested at once: what was found is kept, and not the network."""

import hashlib
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from cytoforge.config.training import TrainingConfig
from cytoforge.config.utility import UtilityRow
from cytoforge.jobs.atomic import write_json
from cytoforge.jobs.csv_file import write_csv
from cytoforge.jobs.optional_files import read_json
from cytoforge.jobs.staleness import code_version
from cytoforge.metrics.utility.held_out_objects import COUNTS, Count, HeldOut, counts_of
from cytoforge.metrics.utility.row_tiles import RowTiles, tiles_of_row
from cytoforge.seeds import derive_seed
from cytoforge.tiles.tile_set import TileSet
from cytoforge.training.fingerprint import training_fingerprint
from cytoforge.training.run import train

COLUMNS = ("seed", *COUNTS)
TESTING = "cytoforge/metrics/utility/held_out_objects.py"


@dataclass(frozen=True)
class RowJob:
    """What the trainings of a row have in common.

    row : which images; model, training : the network and its settings, the same for every row
    objects : what is found, `cells` or `nuclei`
    seed : of all rows alike; seeds : number of trainings
    """

    row: UtilityRow
    model: str
    training: TrainingConfig
    objects: str
    seed: int
    seeds: int


def train_row(
    job: RowJob,
    kinds: Mapping[str, TileSet],
    tested: Sequence[HeldOut],
    output: Path,
    state: Path,
    terminal: TextIO | None = None,
) -> None:
    """Train and test once per seed; write `output` (.csv: `COLUMNS`) and a .json beside it.

    A repeated call goes on where an earlier one was interrupted: with the training that had begun,
    and without those that were tested already.
    """
    rows, told = [], []
    for number in range(1, job.seeds + 1):
        seed = derive_seed(job.seed, number)
        tiles = tiles_of_row(job.row, kinds, job.training.needs, seed)
        one = _trained_and_tested(job, seed, tiles, tested, state / str(number), terminal)
        rows += [[number, *(count[name] for name in COUNTS)] for count in one["counts"]]
        told.append({"seed": number, **tiles.counts, "real_px": tiles.real_px, **one["costs"]})
        print(f"{job.row.words}, seed {number}: {one['costs']}", flush=True)
    write_csv(output, COLUMNS, rows)
    write_json(output.with_suffix(".json"), {"row": asdict(job.row), "trainings": told})
    shutil.rmtree(state, ignore_errors=True)


def _trained_and_tested(
    job: RowJob,
    seed: int,
    tiles: RowTiles,
    tested: Sequence[HeldOut],
    state: Path,
    terminal: TextIO | None,
) -> dict[str, Any]:
    """Return counts and costs of one training, those of an earlier call where nothing changed."""
    fingerprint, done = _fingerprint(job, seed, tiles, tested), state / "tested.json"
    known = read_json(done) or {}
    if known.get("fingerprint") == fingerprint:
        return dict(known["found"])
    folder, start, cpu = state / "model", time.monotonic(), time.process_time()
    threads = job.training.cpu_threads
    train(
        *(tiles.data, job.training, job.model, folder, state / "training"),
        seed=seed,
        threads=threads,
        terminal=terminal,
    )
    trained = read_json(folder / "training.json") or {}
    costs = {
        "seconds": round(time.monotonic() - start, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "steps": trained["steps"],
        "parameters": sum(trained["parameters"].values()),
        "device": trained["device"],
    }
    counts: list[Count] = counts_of(folder, tested, job.objects)
    found = {"counts": counts, "costs": costs}
    write_json(done, {"fingerprint": fingerprint, "found": found})
    shutil.rmtree(folder)
    return found


def _fingerprint(job: RowJob, seed: int, tiles: RowTiles, tested: Sequence[HeldOut]) -> str:
    """Return what a test belongs to: the same training, test regions, truth and code."""
    settings = {"model": job.model, "seed": seed, "training": job.training.model_dump(mode="json")}
    digest = hashlib.sha256(training_fingerprint(settings, tiles.data).encode())
    digest.update(f"{job.objects} {code_version(TESTING)}".encode())
    for one in tested:
        for array in (one.image.pixels, one.truth):
            digest.update(f"{array.shape} {array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
