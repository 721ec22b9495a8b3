"""A training as the workflow hands it over: tiles in a folder, settings as plain values."""

import json
from pathlib import Path

import numpy as np

from cytoforge.tiles.manifest import TileRow, write_manifest
from cytoforge.training.launch import TrainJob


def job_on_cpu(tiles: Path, folder: Path, config) -> TrainJob:
    return TrainJob(
        tiles=str(tiles), output=str(folder / "model"), state=str(folder / "state"),
        model="pix2pix", training=config.model_dump(mode="json"), weights={}, seed=1, device="cpu",
    )  # fmt: skip


def write_tiny_tiles(folder: Path, data) -> Path:
    """Write training data as the tile set of a workflow."""
    folder.mkdir()
    images = np.concatenate([data.train["images"], data.val["images"]])
    np.save(folder / "images.npy", (images * 4000).astype(np.uint16))
    for name in ("labels", "instances"):
        np.save(
            folder / f"{name}.npy",
            np.concatenate([data.train[name], data.val[name]]),
        )
    splits = ["train"] * data.n_train + ["val"] * data.n_val
    write_manifest(
        folder / "manifest.csv",
        [TileRow(f"a_{k}", "a", 0, 128 * k, split, "a", 0.0, "") for k, split in enumerate(splits)],
    )
    codes = [
        {"code": k, "name": f"level {k}", "region": "gap", "layer": None, "colour": [k, k, k]}
        for k in range(data.n_codes)
    ]
    info = {
        "planes": {
            "images": {"kind": "image", "dtype": "uint16"},
            "labels": {"kind": "labels", "dtype": "uint8"},
            "instances": {"kind": "instances", "dtype": "uint16"},
        },
        "tile_px": data.tile_px, "channels": data.info["channels"], "dtype": "uint16",
        "codes": codes, "ranges": {"a": [[0, 4000, "percentile"]] * data.channels},
        "pixel_size_um": {"a": 0.5}, "class_pixels": {}, "placements": [],
    }  # fmt: skip
    (folder / "dataset.json").write_text(json.dumps(info))
    return folder
