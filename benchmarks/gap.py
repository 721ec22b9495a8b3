"""Time the cell-free gap of a 1536×2048 field against the original's footprints.

    python -m benchmarks.gap [--footprints]

Prints seconds for a field with a wound and for one without; with --footprints also those of plain
morphology with disks, which takes minutes.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import time

import numpy as np
from scipy import ndimage
from skimage.morphology import disk

from cytoforge.segmentation.gap import gap_regions

RADII = (60.0, 140.0, 50.0)  # the original's, in px, for cells of 31 px


def field(wound: bool) -> np.ndarray:
    """Return the cell-free area of a field of cells 25 px wide, with or without a wound."""
    random = np.random.default_rng(1)
    free = np.ones((1536, 2048), bool)
    rows, cols = random.integers(0, 1536, 8000), random.integers(0, 2048, 8000)
    keep = (cols < 700) | (cols > 1300) if wound else np.ones(len(cols), bool)
    free[rows[keep], cols[keep]] = False
    return ndimage.distance_transform_edt(free) > 12.5


def footprints(free: np.ndarray) -> np.ndarray:
    """Return the middle gap by plain morphology."""
    framed = np.pad(free, int(RADII[0]))
    eroded = ndimage.binary_erosion(framed, disk(int(RADII[0])))
    big = ndimage.binary_dilation(eroded, disk(int(RADII[1])))
    middle = ndimage.binary_erosion(big, disk(int(RADII[2])), border_value=1)
    inner = slice(int(RADII[0]), -int(RADII[0]))
    return middle[inner, inner]


def main() -> None:
    """Print the table."""
    for name, wound in (("wound", True), ("no wound", False)):
        free = field(wound)
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            _, middle = gap_regions(free, RADII)
            seconds.append(time.perf_counter() - start)
        print(f"1536×2048, {name}: {min(seconds):.3f} s (best of 5), gap {middle.mean():.1%}")
        if "--footprints" in sys.argv:
            start = time.perf_counter()
            same = np.array_equal(footprints(free), middle)
            print(f"  footprints: {time.perf_counter() - start:.1f} s, same: {same}")


if __name__ == "__main__":
    main()
