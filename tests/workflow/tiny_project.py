"""A tiny project: four 192 px images of made-up cells, and one generator of a few steps."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import yaml
from scipy import ndimage

from tests.workflow import warm

IMAGES = ("a", "b", "c", "d")


def made_up_cells(seed: int, side: int = 192) -> np.ndarray:
    """Return uint16 (2, side, side): bright nuclei, and cells around them with a clear border."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(14, side - 8, 26)] * 2), -1).reshape(-1, 2)
    centres = grid[rng.random(len(grid)) < 0.8] + rng.integers(-3, 4, (1, 2))
    seeds = np.ones((side, side), bool)
    seeds[tuple(centres.T)] = False
    distance = ndimage.distance_transform_edt(seeds)
    brightness = 0.6 + 0.4 * np.sin(np.arange(side) / 20)
    dna = np.where(distance < 5.5, 0.9, 0.05)
    actin = np.where(distance < 11, brightness, 0.05)
    unit = ndimage.gaussian_filter(np.stack([dna, actin]), (0, 1, 1))
    return np.rint((unit + rng.normal(0, 0.01, unit.shape)).clip(0, 1) * 4000).astype(np.uint16)


def tiny_config() -> dict[str, Any]:
    """Return a config that exercises every stage within seconds."""
    return {
        "samples": "samples.tsv",
        "images": {"channels": ["dna", "actin"], "pixel_size_um": 0.5},
        "split": {"by": "image", "fractions": {"train": 0.34, "val": 0.33, "test": 0.33}},
        "segmentations": {"cells": {"nucleus_diameter_px": 11, "cell_diameter_px": 22}},
        "references": {
            "level4": {"segmentation": "cells", "levels": 4},
            "level7": {"segmentation": "cells", "levels": 7},
        },
        "datasets": {
            "tiles4": {"reference": "level4", "tile_px": 64},
            "tiles7": {"reference": "level7", "tile_px": 64},
        },
        "models": {
            name: {
                "dataset": dataset,
                "preset": "fast",
                "training": {
                    "generator": "unet_64",
                    "generator_filters": 4,
                    "discriminator_filters": 4,
                    "batch_size": 2,
                    "precision": "fp32",
                    "steps": 4,
                    "validate_every": 2,
                },
                "synthesis": {"tile_px": 64},
            }
            for name, dataset in (("four", "tiles4"), ("seven", "tiles7"))
        },
        "metrics": {
            "patch_px": 64,
            "max_patches": 4,
            "memorisation_patches": 4,
            # By default 80 passes of VGG per model.
            "diversity": {"patches": 2, "samples": 2},
        },
    }


@dataclass(frozen=True)
class Project:
    """A working directory on which the workflow is run."""

    folder: Path
    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write_config(self, config: dict[str, Any]) -> None:
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def config(self) -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.safe_load((self.folder / "config.yaml").read_text())
        return loaded

    def command(self, *arguments: str, snakefile: Path | None = None) -> list[str]:
        """Return the command that runs the workflow here."""
        # --configfile takes every word up to the next option, so targets come last.
        command = [sys.executable, "-m", "snakemake"]
        command += ["--configfile", str(self.folder / "config.yaml")]
        command += ["--directory", str(self.folder)]
        command += ["--snakefile", str(snakefile or self.root / "Snakefile")]
        return [*command, "--cores", "2", *arguments]

    def snakemake(self, *arguments: str, snakefile: Path | None = None) -> Any:
        """Run the workflow here; return the finished process."""
        command = self.command(*arguments, snakefile=snakefile)
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", **self.environment}
        if not self.environment:
            return warm.run(command[3:], self.folder, self.root, environment)
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=self.folder, check=False
        )

    def planned(self, *arguments: str, snakefile: Path | None = None) -> dict[str, set[str]]:
        """Return what a run would make: rule → what of, e.g. {"segment": {"cells/a"}}."""
        done = self.snakemake("--summary", *arguments, snakefile=snakefile)
        assert done.returncode == 0, done.stderr
        jobs: dict[str, set[str]] = {}
        for line in done.stdout.splitlines()[1:]:
            path, _, rule, _, _, plan = line.split("\t")
            if plan == "update pending":
                jobs.setdefault(rule, set()).update(_made_for(Path(path), rule))
        return jobs


def _made_for(path: Path, rule: str) -> set[str]:
    """Return the block and image that a file under results/ is made for."""
    parts = list(path.parts[2:-1])
    of_image = (
        "convert",
        "even_light",
        "segment",
        "segment_learned",
        "check_segmentation",
        "render",
    )
    if rule in (*of_image, "export_objects", "measure_real_patches"):
        parts.append(path.name.split(".")[0])
    return {"/".join(parts)} - {""}


def make_project(folder: Path, root: Path) -> Project:
    lines = ["image\tdna\tactin\twell"]
    (folder / "raw").mkdir(parents=True)
    for seed, name in enumerate(IMAGES):
        for channel, pixels in zip(("dna", "actin"), made_up_cells(seed), strict=True):
            tifffile.imwrite(folder / "raw" / f"{name}_{channel}.tif", pixels)
        lines.append(f"{name}\traw/{name}_dna.tif\traw/{name}_actin.tif\tw{seed}")
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    project = Project(folder, root)
    project.write_config(tiny_config())
    return project


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
