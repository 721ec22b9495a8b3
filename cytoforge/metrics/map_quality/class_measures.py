"""Measures of the classes of a label map: what they cover, their holes, and objects per area.

All are taken in windows of one side, so that large and small fields are measured alike.
"""

from collections.abc import Sequence

import numpy as np
from skimage.measure import euler_number, label

from cytoforge.metrics.map_quality.map_fields import MapField, Sample, evenly, windows
from cytoforge.metrics.map_quality.object_measures import object_centroids
from cytoforge.references.codes import Code

PER_PX = 10_000
"""Counts are given per so many pixels, those of 100 × 100."""


def class_samples(field: MapField, codes: Sequence[Code], side: int) -> dict[str, Sample]:
    """Return `cover <class>` (% of the pixels) and `holes <class>` (per 10,000 px) by window."""
    cut = [field.labels[box] for box in windows(field.shape, side)]
    counts = np.stack([np.bincount(window.ravel(), minlength=len(codes)) for window in cut])
    samples = {}
    for code in codes:
        samples[f"cover {code.name}"] = evenly(100 * counts[:, code.code] / side**2)
        holes = np.array([count_holes(window == code.code) for window in cut])
        samples[f"holes {code.name}"] = evenly(holes * PER_PX / side**2)
    return samples


def count_holes(mask: np.ndarray) -> int:
    """Return the holes of a mask (Y, X): its pieces less its Euler number.

    A ring has one, and what reaches the edge is none:

    >>> ring = np.array([[1, 1, 1, 0], [1, 0, 1, 1], [1, 1, 1, 0]], bool)
    >>> count_holes(ring), count_holes(ring[1:])
    (1, 0)
    """
    if not mask.any() or mask.all():
        return 0
    pieces = int(label(mask, connectivity=1).max())
    return pieces - int(euler_number(mask, connectivity=1))


def count_sample(field: MapField, name: str, side: int) -> Sample:
    """Return the objects of that name per 10,000 px, by window: those whose centroid lies in it.

    What the upper or the left edge cuts is not counted, what the others cut is: else a field would
    seem the fuller the smaller it is, since more of what it shows is cut (Gundersen 1977).
    """
    labels = field.objects[name]
    cut = np.union1d(labels[0], labels[:, 0])
    points = object_centroids(np.where(np.isin(labels, cut), 0, labels))
    counts = [
        np.count_nonzero(
            (points[:, 0] >= rows.start - 0.5)
            & (points[:, 0] < rows.stop - 0.5)
            & (points[:, 1] >= cols.start - 0.5)
            & (points[:, 1] < cols.stop - 0.5)
        )
        for rows, cols in windows(field.shape, side)
    ]
    return evenly(np.array(counts) * PER_PX / side**2)
