"""Label maps of disks with a nucleus each, whose layout and sizes a test chooses."""

from collections.abc import Sequence

import numpy as np

from cytoforge.metrics.map_quality.map_fields import MapField
from cytoforge.references.codes import Code

CODES = (
    Code(0, "gap", "gap", None, (0, 0, 0)),
    Code(1, "background", "background", None, (60, 60, 60)),
    Code(2, "cytoplasm", "cytoplasm", None, (0, 200, 0)),
    Code(3, "nucleus", "nucleus", None, (0, 0, 250)),
)


def disks(
    name: str,
    centres: Sequence[tuple[float, float]],
    radius: float,
    shape: tuple[int, int] = (96, 96),
) -> MapField:
    """Return a map of cells of one radius, each with a nucleus half as wide; earlier ones win."""
    y, x = np.indices(shape)
    cells, nuclei = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    for number, (row, col) in enumerate(centres, start=1):
        apart = (y - row) ** 2 + (x - col) ** 2
        cells[(apart <= radius**2) & (cells == 0)] = number
        nuclei[(apart <= radius**2 / 4) & (cells == number)] = number
    labels = np.where(nuclei > 0, 3, np.where(cells > 0, 2, 1)).astype(np.uint8)
    return MapField(name, name, labels, {"cells": cells, "nuclei": nuclei})


def pairs_of_disks(seed: int, shape: tuple[int, int] = (96, 96), radius: float = 5.0) -> MapField:
    """Return cells that always lie two by two, touching, the pairs anywhere."""
    random = np.random.default_rng(seed)
    centres: list[tuple[float, float]] = []
    for row, col in random.uniform(0, shape, (shape[0] * shape[1] // 900, 2)):
        angle = random.uniform(0, 2 * np.pi)
        step = 2 * radius * np.array([np.sin(angle), np.cos(angle)])
        centres += [(row, col), (row + step[0], col + step[1])]
    return disks(f"pairs_{seed}", centres, radius, shape)
