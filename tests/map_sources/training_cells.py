"""Small training fields: round cells with a nucleus each, and a layer for each size."""

import numpy as np
from scipy import ndimage

from cytoforge.config.references import ReferenceConfig
from cytoforge.map_sources.drawn_field import render_with_layers
from cytoforge.map_sources.registry import TrainingField
from cytoforge.references.codes import code_table
from cytoforge.segmentation.identity import share_ids
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

SIDE, APART, AROUND = 200, 22, 30
REFERENCE = ReferenceConfig(segmentation="cells", levels=7)
CODES = code_table(REFERENCE)


def centres(random: np.random.Generator) -> np.ndarray:
    """Return three quarters of the places of a shaken grid, int (n, 2): none nearer than 14 px."""
    line = np.arange(8, SIDE + 2 * AROUND - 8, APART)
    grid = np.stack(np.meshgrid(line, line, indexing="ij"), -1).reshape(-1, 2)
    shaken = grid + random.integers(-4, 5, grid.shape)
    return shaken[random.random(len(grid)) < 0.75]


def segmentation(seed: int, names: tuple[str, ...] = ("nuclei", "cells")) -> Segmentation:
    """Return cells of radius 7, 9 or 11 px, and nuclei of half of that, beside their middle."""
    random = np.random.default_rng(seed)
    points, side = centres(random), SIDE + 2 * AROUND
    free = np.ones((side, side), bool)
    free[tuple(points.T)] = False
    distance, nearest = ndimage.distance_transform_edt(free, return_indices=True)
    number = np.zeros((side, side), np.int64)
    number[tuple(points.T)] = np.arange(len(points)) + 1
    owner = number[tuple(nearest)]
    radius = np.array([0, *random.choice([7, 9, 11], len(points))])[owner]
    cells = np.where(distance < radius, owner, 0)
    nuclei = np.where(np.roll(distance < radius / 2, 1, 0) & (cells > 0), cells, 0)
    inside = np.s_[AROUND : AROUND + SIDE, AROUND : AROUND + SIDE]
    cells, nuclei = cells[inside], nuclei[inside]
    if names == ("nuclei",):
        return Segmentation({"nuclei": ObjectPlane(share_ids(nuclei, nuclei)[0], 9.0)}, "made up")
    if names == ("cells",):
        return Segmentation({"cells": ObjectPlane(share_ids(cells, cells)[0], 18.0)}, "made up")
    inner, outer = share_ids(nuclei, cells)
    planes = {"nuclei": ObjectPlane(inner, 9.0, "cells"), "cells": ObjectPlane(outer, 18.0)}
    return Segmentation(planes, "made up")


def layers_by_size(found: Segmentation) -> np.ndarray:
    """Return the layer of each id: the larger a cell the brighter."""
    area = np.bincount(found["cells"].ravel())
    return np.digitize(area, [180, 290]).astype(np.uint8)


def training_field(seed: int, names: tuple[str, ...] = ("nuclei", "cells")) -> TrainingField:
    """Return a training field with its label map; without both objects, of code 0."""
    found = segmentation(seed, names)
    label_map = np.zeros((SIDE, SIDE), np.uint8)
    if len(names) == 2:
        label_map = render_with_layers(found, layers_by_size(found), REFERENCE)
    return TrainingField(f"field{seed}", found, label_map, 0.5)
