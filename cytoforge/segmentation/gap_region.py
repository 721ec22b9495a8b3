"""The gap as a region of the cell-free ground: wide somewhere, and followed back to the cells."""

import math

import numpy as np
from skimage.measure import label

from cytoforge.segmentation.disks import dilate_disk, erode_disk

# Ground narrower than this share of the core's width is a cleft between cells, not followed.
CLEFT = 0.5


def free_region(free: np.ndarray, radius_px: float) -> np.ndarray:
    """Return the parts of a cell-free area that are a gap, bool (Y, X).

    Geodesic reconstruction (Vincent 1993, IEEE Trans. Image Process. 2:176): of the area opened by
    a disk of `CLEFT` times the radius, the connected parts that hold a core, a pixel farther than
    the radius from all that is not free; grown again by that disk within the free area. So the gap
    keeps the shape of the wound up to the cells, and leaks through no cleft between them.

    Parameters
    ----------
    free : bool (Y, X)
    radius_px : half the width that a gap has somewhere. For the core the image's edge is tissue;
        a gap that has one goes on beyond it.
    """
    frame = math.floor(radius_px) + 1
    inner = tuple(slice(frame, frame + size) for size in free.shape)
    core = erode_disk(np.pad(free, frame), radius_px)[inner]
    if not core.any():  # most crowded fields end here
        return np.zeros_like(free)
    cleft = CLEFT * radius_px
    opened = dilate_disk(erode_disk(free, cleft), cleft)
    kept = holding(opened, core)
    # An opening rounds corners off: what it cut within the disk's reach of the gap comes back.
    return holding(free & dilate_disk(kept, cleft), kept)


def holding(mask: np.ndarray, marker: np.ndarray) -> np.ndarray:
    """Return the 4-connected parts of a mask that hold a pixel of the marker; bool (Y, X)."""
    parts = label(mask, connectivity=1)
    held = np.zeros(int(parts.max()) + 1, bool)
    held[parts[marker]] = True
    held[0] = False
    kept: np.ndarray = held[parts]
    return kept
