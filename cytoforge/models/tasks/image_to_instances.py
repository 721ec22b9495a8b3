"""Instance labels of images: which pixels belong to the same object, of all objects of a data set.

Scores compare instance labels, integers (N, H, W), 0 where there is no object; of the true ones −1
is a pixel that nobody has labelled. Objects found mostly there are neither right nor wrong.
"""

import math
from typing import TYPE_CHECKING

from cytoforge.config.task import Task

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

IOUS = tuple(percent / 100 for percent in range(50, 100, 5))
"""Those of the average precision: 0.5, 0.55 … 0.95."""
PQ_IOU = math.nextafter(0.5, 1)
"""Matched is what overlaps by more than a half, which one object at most can."""
Counts = tuple[int, int, int]
"""Objects found, found where there is none, and missed."""


def f1(found: "Tensor", known: "Tensor") -> float:
    """Return 2 TP / (2 TP + FP + FN) at IoU 0.5 over the objects of all tiles; 1 where there are
    none and none is found."""
    tp, fp, fn = counted(found, known, 0.5)
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 1.0


def ap(found: "Tensor", known: "Tensor") -> float:
    """Return the mean over `IOUS` of TP / (TP + FP + FN), the average precision of the Data Science
    Bowl 2018, over the objects of all tiles."""
    counts = [counted(found, known, iou) for iou in IOUS]
    return sum(tp / sum((tp, fp, fn)) if tp + fp + fn else 1.0 for tp, fp, fn in counts) / len(IOUS)


def pq(found: "Tensor", known: "Tensor") -> float:
    """Return the sum of IoU of matched objects / (TP + FP / 2 + FN / 2), the panoptic quality
    (Kirillov et al. 2019, arXiv:1801.00868), over the objects of all tiles."""
    # Not above: rules read tasks, and a dry run is not to wait for this.
    from cytoforge.segmentation.matching import match_instances

    matched = total = 0.0
    for one, true in zip(found.cpu().numpy(), known.cpu().numpy(), strict=True):
        excused, clean = _without_unknown(one, true < 0)
        match = match_instances(true.clip(0), clean, PQ_IOU, excused)
        matched += match.tp * match.mean_iou
        total += match.tp + match.fp / 2 + match.fn / 2
    return matched / total if total else 1.0


def counted(found: "Tensor", known: "Tensor", iou: float) -> Counts:
    """Return the objects of all tiles that are found at an IoU, found wrongly, and missed."""
    # Not above: rules read tasks, and a dry run is not to wait for this.
    from cytoforge.segmentation.matching import match_instances

    total = [0, 0, 0]
    for one, true in zip(found.cpu().numpy(), known.cpu().numpy(), strict=True):
        excused, clean = _without_unknown(one, true < 0)
        matching = match_instances(true.clip(0), clean, iou, excused)
        for place, count in enumerate((matching.tp, matching.fp, matching.fn)):
            total[place] += count
    return total[0], total[1], total[2]


def _without_unknown(found: "np.ndarray", unknown: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
    """Return the ids of objects of which more than half is unknown, and what of all is known."""
    import numpy as np

    area, aside = (np.bincount(found[where].ravel()) for where in (found >= 0, unknown))
    mostly = 2 * aside > area[: len(aside)]
    return np.flatnonzero(mostly), np.where(unknown, 0, found)


TASK = Task(
    name="image_to_instances",
    summary="image to instance labels",
    inputs=("images",),
    target="instances",
    output="instances",
    scores={"f1": f1, "ap": ap, "pq": pq},
    best="highest",
    select_by="f1",
    families=(),
    sheet=("images", "made", "instances"),
)
