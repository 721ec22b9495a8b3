"""Measures of the objects of a label map: size, outline, neighbours, and what cleaning would drop.

An object that the edge cuts has no outline to measure. Left out, large objects would be missed more
often than small ones, and the more so the smaller the field; so each whole one counts with the
inverse of the chance that a field of this size shows it whole (Miles-Lantuéjoul correction).
"""

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import find_objects
from scipy.spatial import ConvexHull, cKDTree

from cytoforge.metrics.map_quality.map_fields import MapField, Sample, evenly
from cytoforge.segmentation.borders import polygons
from cytoforge.segmentation.identity import label_areas, largest_pieces
from cytoforge.segmentation.moments import label_moments
from cytoforge.segmentation.summary import count_neighbours, eccentricity

# Some segmentations leave a line of background between objects that touch.
CONTACT_PX = 2
SMALL = 0.1
"""Of the typical area of real objects: below it cleaning drops an object."""
REACH = 4.0
"""Up to where pair correlation is compared, in median distances of real neighbours."""


def object_samples(
    field: MapField, name: str, reach_px: float, typical_px: float
) -> dict[str, Sample]:
    """Return the samples of the objects of that name, by measure.

    Parameters
    ----------
    reach_px : greatest distance of a pair
    typical_px : median area of real objects, of which cleaning drops what is much smaller

    area (px), eccentricity, solidity, contacts : of whole objects
    neighbour : distance of centroids to the nearest one, px
    pairs : distances of pairs, weighted so that their density is the pair correlation g(r), px
    dropped : pieces that cleaning would drop, per 100 objects
    """
    labels = field.objects[name]
    return {
        **_outlines(labels),
        "neighbour": neighbour_distances(labels),
        "pairs": pair_distances(labels, reach_px),
        "dropped": dropped_pieces(labels, typical_px),
    }


def _outlines(labels: np.ndarray) -> Mapping[str, Sample]:
    size = int(labels.max(initial=0)) + 1
    ids, weights = whole_objects(labels)
    moments = label_moments(labels, size)
    hulls = _hull_areas(labels, size)
    values = {
        "area": moments.area,
        "eccentricity": eccentricity(moments),
        "solidity": moments.area / np.maximum(hulls, 1),
        "contacts": count_neighbours(labels, size, CONTACT_PX),
    }
    return {key: Sample(found[ids].astype(np.float64), weights) for key, found in values.items()}


def whole_objects(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids of objects that do not touch the edge, and their weights, (n,) both.

    A 3 × 3 square has 2 × 3 places in a field of 6 × 7 at which it does not touch the edge; the
    weight is the field's area over their number:

    >>> field = np.zeros((6, 7), int)
    >>> field[1:4, 2:5] = 9
    >>> whole_objects(field)
    (array([9]), array([7.]))
    """
    height, width = labels.shape
    ids, weights = [], []
    for number, box in enumerate(find_objects(labels), start=1):
        if box is None:
            continue
        rows, cols = box
        if rows.start and cols.start and rows.stop < height and cols.stop < width:
            free = (height - 1 - (rows.stop - rows.start)) * (width - 1 - (cols.stop - cols.start))
            ids.append(number)
            weights.append(labels.size / free)
    return np.array(ids, int), np.array(weights, np.float64)


def _hull_areas(labels: np.ndarray, size: int) -> np.ndarray:
    """Return the area in px of the convex hull of each object's pixels, (size,)."""
    areas = np.zeros(size)
    for number, rings in polygons(labels).items():
        areas[number] = ConvexHull(np.concatenate(rings)).volume  # of two dimensions the area
    return areas


def object_centroids(labels: np.ndarray) -> np.ndarray:
    """Return the centroids of all objects in the order of their ids, row and column, (n, 2)."""
    moments = label_moments(labels)
    there = np.flatnonzero(moments.area)
    return np.stack([moments.row[there], moments.col[there]], -1)


def neighbour_distances(labels: np.ndarray) -> Sample:
    """Return the distance in px from each centroid to the nearest other one.

    What lies nearer to the edge than to its neighbour may have a nearer one beyond it, and is left
    out; a distance counts with the inverse of the part of the field in which it can be seen
    (Hanisch 1984).
    """
    points = object_centroids(labels)
    if len(points) < 2:
        return evenly(np.zeros(0))
    distance = cKDTree(points).query(points, k=2)[0][:, 1]
    low, high = points + 0.5, np.array(labels.shape) - 0.5 - points
    seen = distance <= np.minimum(low, high).min(1)
    distance = distance[seen]
    inner = np.prod(np.maximum(np.array(labels.shape) - 2 * distance[:, None], 1), axis=1)
    return Sample(distance, labels.size / inner)


def pair_distances(labels: np.ndarray, reach_px: float) -> Sample:
    """Return the distances in px of pairs of centroids up to a reach.

    Each counts 1 / r over the part of the field in which such a pair can lie (translation
    correction, Ohser 1983), so that the weighted density is the pair correlation g(r) times a
    constant: even for centroids that know nothing of each other.
    """
    points = object_centroids(labels)
    if not len(points):
        return evenly(np.zeros(0))
    pairs: np.ndarray = cKDTree(points).query_pairs(reach_px, output_type="ndarray")
    apart = np.abs(points[pairs[:, 0]] - points[pairs[:, 1]])
    distance = np.hypot(*apart.T)
    overlap = np.prod(np.maximum(np.array(labels.shape) - apart, 1), axis=1) / labels.size
    # Below a pixel a distance is not known.
    return Sample(distance, 1 / (np.maximum(distance, 1) * overlap))


def dropped_pieces(labels: np.ndarray, typical_px: float) -> Sample:
    """Return for each object how many pieces cleaning would drop, times 100: loose parts beside its
    largest one, and itself where it has less than a tenth of a typical area.

    Of an object that the edge cuts nothing can be said; it counts as one without.
    """
    areas = label_areas(labels)
    # Pixels that the largest pieces lack lie in loose parts; a part is counted by its first pixel.
    loose = np.where(largest_pieces(labels) == 0, labels, 0)
    parts = np.array([len(rings) for rings in _rings(loose, len(areas))])
    ids = np.flatnonzero(areas[1:]) + 1
    cut = _touching(labels, len(areas))[ids]
    small = (areas[ids] < SMALL * typical_px) & ~cut
    return evenly(100.0 * (np.where(cut, 0, parts[ids]) + small))


def _rings(labels: np.ndarray, size: int) -> list[list[np.ndarray]]:
    found = polygons(labels)
    return [found.get(number, []) for number in range(size)]


def _touching(labels: np.ndarray, size: int) -> np.ndarray:
    touches = np.zeros(size, bool)
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        touches[line] = True
    return touches
