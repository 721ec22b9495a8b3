"""Time label maps against the original's method, one full-image erosion a label.

    .venv/bin/python -m benchmarks.reference_maps [--repeats 3]

One made-up field of 1536×2048 pixels with 1,600 cells and 800 nuclei; each repeat runs both
methods for 4, 7 and 9 levels in turn, and medians of processor seconds are printed. Takes one to
two minutes a repeat.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from cytoforge.config.references import ReferenceConfig
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.label_map import render
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

SHAPE = (1536, 2048)
GRID = (40, 40)
CELL_RADIUS_PX, NUCLEUS_RADIUS_PX, GAP_COLUMNS = 26.0, 8.0, slice(1000, 1100)
BOUNDS = {4: None, 7: LayerBounds((95, 110)), 9: LayerBounds((95, 110), (80, 125))}
Run = Callable[[], np.ndarray]


def made_up_field() -> tuple[Segmentation, np.ndarray]:
    """Return 1,600 touching cells, every other one with a nucleus, around a gap; and grey."""
    random = np.random.default_rng(0)
    steps = np.array(SHAPE) / GRID
    centres = (np.indices(GRID).reshape(2, -1).T + random.uniform(0.25, 0.75, (1600, 2))) * steps
    points = np.indices(SHAPE, dtype=np.float32).reshape(2, -1).T
    distance, nearest = cKDTree(centres).query(points, workers=-1)
    distance, owner = distance.reshape(SHAPE), (nearest + 1).astype(np.int32).reshape(SHAPE)
    cells = np.where(distance <= CELL_RADIUS_PX, owner, 0)
    nuclei = np.where((distance <= NUCLEUS_RADIUS_PX) & (owner % 2 == 0), owner, 0)
    gap = np.zeros(SHAPE, dtype=bool)
    gap[:, GAP_COLUMNS] = cells[:, GAP_COLUMNS] == 0
    grey = random.uniform(60, 145, 1601)[cells] + random.normal(0, 10, SHAPE)
    planes = {
        "nuclei": ObjectPlane(nuclei, 16, within="cells"),
        "cells": ObjectPlane(cells, 31),
        "gap": ObjectPlane(gap),
    }
    return Segmentation(planes, "made up"), grey.clip(0, 255).astype("float32")


def looped_map(
    seg: Segmentation, grey: np.ndarray, levels: int, bounds: LayerBounds | None
) -> np.ndarray:
    """Return the map as the original makes it: one full-image erosion per label.

    Two changes in its favour: its lost last label is restored, so that the maps can be compared,
    and cell means are taken for all labels at once.
    """
    cell_rim, nucleus_rim = looped_rims(seg["cells"]), looped_rims(seg["nuclei"])
    rendered = np.zeros(SHAPE, dtype=np.uint8)
    rendered[~seg["gap"]] = 1
    if bounds is None:
        rendered[(seg["cells"] != 0) & ~cell_rim] = 2
        rendered[cell_rim & ~seg["gap"]] = 3
        rendered[(seg["nuclei"] != 0) & ~nucleus_rim] = 4
        return rendered
    n_layers = len(bounds.edges) + 1
    cytoplasm = np.where(seg["nuclei"] == 0, seg["cells"], 0)
    means = ndimage.mean(grey, cytoplasm, np.arange(1, seg["cells"].max() + 1))
    layers = np.searchsorted(bounds.edges, np.nan_to_num(means, nan=np.inf), side="right")
    layer_image = np.concatenate([[-1], layers])[cytoplasm]
    for layer in range(n_layers):
        rendered[(layer_image == layer) & ~cell_rim] = 2 + layer
    rendered[cell_rim & ~seg["gap"]] = 2 + n_layers
    rendered[(seg["nuclei"] != 0) & ~nucleus_rim] = 3 + n_layers
    rendered[nucleus_rim] = 4 + n_layers
    return rendered


def looped_rims(labels: np.ndarray) -> np.ndarray:
    """Return the union of each label minus its erosion by the cross."""
    cross = ndimage.generate_binary_structure(2, 1)
    union = np.zeros(labels.shape, dtype=bool)
    for label in np.unique(labels)[1:]:
        mask = labels == label
        union |= mask & ~ndimage.binary_erosion(mask, cross)
    return union


def seconds(run: Run) -> tuple[float, np.ndarray]:
    """Return the processor time of one call, and what it returned.

    Both methods use one core, so on an idle machine this is the time on the clock; on a shared
    one it leaves out the waiting.
    """
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


def main() -> None:
    """Print seconds and ratio a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    seg, grey = made_up_field()
    print(f"{SHAPE[0]}×{SHAPE[1]} px, {len(np.unique(seg['cells'])) - 1} cells,", end=" ")
    print(f"{len(np.unique(seg['nuclei'])) - 1} nuclei, medians of {repeats} interleaved runs")
    print("levels  vectorised s  looped s   ratio  pixels that differ")
    times: dict[tuple[int, str], list[float]] = {}
    differing = {}
    for _ in range(repeats):
        for levels, bounds in BOUNDS.items():
            config = ReferenceConfig.model_validate(
                {
                    "segmentation": "s",
                    "levels": levels,
                    "nucleus_rim": "separate",
                    "edge_rims": True,
                }
            )
            ours, fast = seconds(lambda c=config, b=bounds: render(seg, grey, c, b))
            theirs, slow = seconds(lambda n=levels, b=bounds: looped_map(seg, grey, n, b))
            times.setdefault((levels, "ours"), []).append(ours)
            times.setdefault((levels, "theirs"), []).append(theirs)
            differing[levels] = int((fast != slow).sum())
    for levels, count in differing.items():
        ours, theirs = (statistics.median(times[levels, who]) for who in ("ours", "theirs"))
        print(f"{levels:6d}  {ours:12.4f}  {theirs:8.2f}  {theirs / ours:5.0f}×  {count}")


if __name__ == "__main__":
    main()
