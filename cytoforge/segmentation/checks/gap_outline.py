"""A gap that ends in a circle's arc where the cell-free ground goes on."""

import numpy as np
from scipy import ndimage

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.segmentation import Segmentation

NAME = "gap without a circle's outline"
# On half A of benchmarks/checks.py: 0 on the gaps of the shipped fields and of wounds as they lie,
# from 0.39 on where one core of a wound grew to a disc.
MOST = 0.05
# Of the widest place's radius: ground as wide as that belongs to the gap.
WIDE = 0.5
# A run of outline that is shorter than this (px) fits any circle, one that turns less than this
# (radians) a line.
SHORTEST_PX, LEAST_TURN = 15, 0.2
# Pixels of a drawn circle lie 0.3 px from it (root mean square).
OFF_PX, OFF_OF_LENGTH = 0.75, 0.02


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask which part of the wide cell-free ground lies beyond arcs that end the gap."""
    said = f"at most {MOST:g}"
    if "gap" not in segmentation or not segmentation["gap"].any():
        return skipped(NAME, said, "no gap")
    share = ground_beyond_arcs(segmentation["gap"], _occupied(segmentation))
    return judged(
        NAME,
        share,
        (None, MOST),
        (
            "no arc of a circle ends the gap",
            f"the gap ends in arcs of circles, and {share:.0%} of the cell-free ground lies beyond",
        ),
        "lower `gap.erode_cells` of the segmentation, or set `gap.enabled: false`",
    )


def ground_beyond_arcs(gap: np.ndarray, occupied: np.ndarray) -> float:
    """Return the fraction of the cell-free ground, where it is at least half as wide as at the
    gap's widest place, that the gap leaves out behind arcs of circles.

    Parameters
    ----------
    gap, occupied : bool (Y, X); `occupied` where there are objects
    """
    pieces, _ = ndimage.label(ndimage.binary_fill_holes(gap))
    largest = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    # The image's edge counts as tissue, as it does for the gap.
    radius = ndimage.distance_transform_edt(np.pad(~occupied, 1))[1:-1, 1:-1]
    wide, _ = ndimage.label(radius > WIDE * radius[largest].max())
    ground = np.isin(wide, np.setdiff1d(wide[largest], [0]))
    left_out = ground & ~largest
    border = largest & ndimage.binary_dilation(left_out, np.ones((3, 3), bool))
    of_ground = left_out.sum() / max(int(ground.sum()), 1)
    return float(of_ground * _share_of_arcs(border))


def _occupied(segmentation: Segmentation) -> np.ndarray:
    occupied = np.zeros(segmentation.shape, bool)
    for labels in segmentation.instances.values():
        occupied |= labels > 0
    return occupied


def _share_of_arcs(border: np.ndarray) -> float:
    """Return the fraction of the pixels of runs of outline that lie on a circle each."""
    runs, count = ndimage.label(border, np.ones((3, 3), bool))
    on_arcs = in_runs = 0
    for k, box in enumerate(ndimage.find_objects(runs, count), start=1):
        points = np.argwhere(runs[box] == k).astype(np.float64)
        if len(points) >= SHORTEST_PX:
            in_runs += len(points)
            on_arcs += len(points) if _is_arc(points) else 0
    return on_arcs / max(in_runs, 1)


def _is_arc(points: np.ndarray) -> bool:
    """Whether points (n, 2) lie on a circle: |p|² = 2 p·c + (r² − |c|²) by least squares."""
    points = points - points.mean(axis=0)
    design = np.column_stack([2 * points, np.ones(len(points))])
    row, col, rest = np.linalg.lstsq(design, (points**2).sum(axis=1), rcond=None)[0]
    radius = float(np.sqrt(max(rest + row**2 + col**2, 0)))
    off = np.hypot(points[:, 0] - row, points[:, 1] - col) - radius
    length = len(points)
    close = np.sqrt((off**2).mean()) < max(OFF_PX, OFF_OF_LENGTH * length)
    return bool(close and length > LEAST_TURN * radius)
