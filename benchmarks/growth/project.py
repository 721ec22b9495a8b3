"""Projects of any number of images: tiny ones to plan, and copies of the original's size to run."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import yaml
from scipy import ndimage

ROOT = Path(__file__).parents[2]
# So that a field of 1536 × 2048 px holds about as many cells as the original's, 1,600.
ZOOM = 1.35


def write_project(folder: Path, names: Sequence[str], config: dict[str, Any]) -> None:
    """Write samples.tsv and config.yaml for images with one file per channel in raw/."""
    rows = [f"{name}\traw/{name}_dna.tif\traw/{name}_actin.tif" for name in names]
    (folder / "samples.tsv").write_text("\n".join(["image\tdna\tactin", *rows]) + "\n")
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def shipped_config(zoom: float = 1.0) -> dict[str, Any]:
    """Return the shipped config, split by image, cells `zoom` times as large."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "config/config.yaml").read_text("utf-8"))
    config["samples"] = "samples.tsv"
    config["split"] = {"by": "image"}
    for segmentation in config["segmentations"].values():
        for key in ("nucleus_diameter_px", "cell_diameter_px"):
            segmentation[key] = round(segmentation[key] * zoom)
    config.pop("sets", None)  # drawn by hand, of another size
    return config


def one_model(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config with its first model alone, and what that needs."""
    name, model_name = next(iter(config["models"].items()))
    dataset = config["datasets"][model_name["dataset"]]
    reference = config["references"][dataset["reference"]]
    return {
        **config,
        "references": {dataset["reference"]: reference},
        "datasets": {model_name["dataset"]: dataset},
        "models": {name: model_name},
    }


def write_tiny_images(folder: Path, count: int) -> list[str]:
    """Write `count` images of 128 px, one file per channel; return their names."""
    (folder / "raw").mkdir(parents=True)
    names = [f"image{index:05d}" for index in range(count)]
    random = np.random.default_rng(0)
    for name in names:
        for channel in ("dna", "actin"):
            # As large as a tile of the shipped config, and small on the disk.
            pixels = np.broadcast_to(random.integers(0, 256, 128, dtype=np.uint8), (128, 128))
            tifffile.imwrite(folder / "raw" / f"{name}_{channel}.tif", pixels, compression="zlib")
    return names


def write_copies(folder: Path, count: int, shape: tuple[int, int]) -> list[str]:
    """Write `count` fields made of the shipped ones, mirrored, shifted and with noise of their own.

    Return their names.
    """
    (folder / "raw").mkdir(parents=True)
    fields = [_large(name, shape) for name in ("pos002", "pos076", "pos218")]
    names = [f"field{index:04d}" for index in range(count)]
    for index, name in enumerate(names):
        random = np.random.default_rng(index)
        shift = tuple(int(random.integers(0, side)) for side in shape)
        field = np.roll(fields[index % len(fields)], shift, axis=(1, 2))
        field = field[:, :: random.choice((-1, 1)), :: random.choice((-1, 1))]
        noisy = np.rint(field + random.normal(0, 2, field.shape)).clip(0, 255).astype(np.uint8)
        for channel, pixels in zip(("dna", "actin"), noisy, strict=True):
            tifffile.imwrite(folder / "raw" / f"{name}_{channel}.tif", pixels)
    return names


def _large(name: str, shape: tuple[int, int]) -> np.ndarray:
    """Return a shipped field, enlarged and continued by reflection, float32 (2, *shape)."""
    planes = []
    for channel in ("dna", "actin"):
        small = tifffile.imread(ROOT / "resources/images" / f"{name}_{channel}.tif")
        large = ndimage.zoom(small.astype(np.float32), ZOOM, order=1)
        pads = [(0, max(0, want - have)) for want, have in zip(shape, large.shape, strict=True)]
        planes.append(np.pad(large, pads, mode="reflect")[: shape[0], : shape[1]])
    return np.stack(planes)


@dataclass(frozen=True)
class Finished:
    """A run that has ended, with everything it started."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    output: str


def run_snakemake(folder: Path, *arguments: str, cores: int = 2) -> Finished:
    """Run the workflow in `folder`; RuntimeError with its output if it fails."""
    command = _command(folder, arguments, cores)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-4000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # The largest of all processes waited for, so of the planner or of its largest job.
    return Finished(seconds, cpu, after.ru_maxrss / 1024, done.stdout + done.stderr)


def seconds_between(
    folder: Path, jobs: tuple[int, int], targets: Sequence[str], cores: int
) -> float:
    """Return the seconds from the end of the first of `jobs`, counted from 1, to that of the other.

    The run is then stopped.
    """
    log = folder / "snakemake.txt"
    command = _command(folder, targets, cores)
    with log.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True)
    times = []
    for number in jobs:
        while finished_jobs(folder) < number:
            if process.poll() is not None:
                raise RuntimeError(log.read_text()[-4000:])
            time.sleep(0.01)
        times.append(time.perf_counter())
    # Its jobs with it. Asked to end (SIGTERM), Snakemake may wait for its own lock for ever.
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return times[1] - times[0]


def finished_jobs(folder: Path) -> int:
    """Return how many jobs have left a record of their time."""
    return sum(len(files) for _, _, files in os.walk(folder / "results/benchmarks"))


def _command(folder: Path, arguments: Sequence[str], cores: int) -> list[str]:
    command = [sys.executable, "-m", "snakemake", "--configfile", str(folder / "config.yaml")]
    command += ["--directory", str(folder), "--snakefile", str(ROOT / "Snakefile")]
    return [*command, "--cores", str(cores), *arguments]
