"""Train HoVer-Net's preset `fast` on colour histology, and score it.

    python -m benchmarks.hovernet_fast train --data FOLDER --to MODEL_FOLDER
    python -m benchmarks.hovernet_fast score --data FOLDER --to MODEL_FOLDER [--split test]

Fields and their division are those of resources/networks/stain.yaml: 54 to train on, 8 to validate
and choose by, 30 kept aside. FOLDER holds its `folders`. A training that was stopped goes on with
the same command. Scores are F1 at IoU 0.5 and PQ over the objects of all whole fields, one row per
setting: how many flips are looked at, the probability of a nucleus and the strength of an edge.
Choose by `val`, the default, then look at `test` once, with what was chosen.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import torch
import yaml

from cytoforge.config.training import config_class
from cytoforge.models.hovernet.decoding import nuclei_of
from cytoforge.models.tasks.image_to_instances import f1, pq
from cytoforge.seeds import derive_seed
from cytoforge.segmentation.learned.inputs import INPUTS
from cytoforge.segmentation.learned.recipe_file import (
    LabelledField,
    read_fields,
    read_training_file,
)
from cytoforge.segmentation.methods.trained.segment import load_instances
from cytoforge.tiles.cut import renumbered
from cytoforge.tiles.grid import axis_starts
from cytoforge.training.data import TrainingData
from cytoforge.training.run import train

RECIPE = Path("resources/networks/stain.yaml")
PRESET = Path("config/presets/hovernet/fast.yaml")
TILE_PX = 192  # as in config/stains.yaml, every half of it, and to the end of each field


def fields_of(data: Path, split: str) -> dict[str, LabelledField]:
    """Return the fields of `train`, `val` or `test`."""
    recipe = read_training_file(RECIPE)
    aside = dict.fromkeys(recipe.validation, "val") | dict.fromkeys(recipe.test, "test")
    fields = read_fields(recipe, data)
    return {name: fields[name] for name in sorted(fields) if aside.get(name, "train") == split}


def tiles_of(fields: dict[str, LabelledField], step: int, flush: bool) -> dict[str, np.ndarray]:
    """Return tiles of all fields as a training takes them."""
    images, instances = [], []
    for name, field in fields.items():
        rows, cols = (axis_starts(n, TILE_PX, step, flush) for n in field.labels.shape)
        for row, col in product(rows, cols):
            box = np.s_[..., row : row + TILE_PX, col : col + TILE_PX]
            images.append(field.pixels[box].astype(np.float32) / 255)
            instances.append(renumbered(field.labels[box], name))
    labels = [(one > 0).astype(np.uint8) for one in instances]
    planes = {"images": images, "instances": instances, "labels": labels}
    return {name: np.stack(plane) for name, plane in planes.items()}


def train_on(data: Path, folder: Path) -> None:
    """Train the preset; `folder` will hold the model, beside it the state of an unfinished one."""
    known = fields_of(data, "train")
    codes = [{"code": code, "name": name} for code, name in enumerate(("tissue", "nucleus"))]
    info = {"codes": codes, "channels": ["red", "green", "blue"], "tile_px": TILE_PX,
            "dtype": "uint8", "ranges": [[0.0, 255.0, "none"]] * 3, "pixel_size_um": None,
            "training_images": list(known)}  # fmt: skip
    learned = tiles_of(known, TILE_PX // 2, flush=True)
    validated = tiles_of(fields_of(data, "val"), TILE_PX, flush=False)
    tiles = TrainingData(learned, validated, 2, ((0, 0, 0), (255, 0, 0)), info)
    config = config_class("hovernet").model_validate(yaml.safe_load(PRESET.read_text()))
    state, seed = folder.with_name(f"{folder.name}_state"), derive_seed(1, "training", "hovernet")
    train(tiles, config, "hovernet", folder, state, seed=seed, threads=1, device="cpu")


def score(
    data: Path, folder: Path, split: str, nucleus: Sequence[float], edge: Sequence[float]
) -> None:
    """Print a row for every setting."""
    fields = fields_of(data, split)
    sampler = load_instances(folder).sampler
    seen = [INPUTS[sampler.sees](one.pixels.astype(np.float32) / 255) for one in fields.values()]
    settings = [replace(sampler.decoding, nucleus=p, edge=e) for p, e in product(nucleus, edge)]
    true = torch.from_numpy(np.stack([one.labels.astype(np.int32) for one in fields.values()]))
    for flips in (1, 4, 8):
        clock = time.process_time()
        with torch.inference_mode():
            maps = [sampler.maps(torch.from_numpy(one)[None], flips)[0].numpy() for one in seen]
        each = (time.process_time() - clock) / len(seen)
        for setting in settings:
            found = torch.from_numpy(np.stack([nuclei_of(m[0], m[1:3], setting) for m in maps]))
            print(
                f"{flips} flips, {each:.2f} s of one core per field, nucleus {setting.nucleus},"
                f" edge {setting.edge}: F1 {f1(found, true):.4f}, PQ {pq(found, true):.4f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("train", "score"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True, help="the model's folder")
    parser.add_argument("--split", choices=("val", "test"), default="val")
    parser.add_argument("--nucleus", type=float, nargs="+", default=[0.4, 0.5, 0.6])
    parser.add_argument("--edge", type=float, nargs="+", default=[0.3, 0.4, 0.5])
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.what == "train":
        train_on(given.data, given.to)
    else:
        score(given.data, given.to, given.split, given.nucleus, given.edge)


if __name__ == "__main__":
    main()
