"""A plane that no data set stores: how far each pixel lies from the outside of its object."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cytoforge.segmentation.learned.maps import target_maps
from cytoforge.training.data import Arrays, TrainingData

PLANE, FROM = "distances", "instances"


def with_distances(data: TrainingData, needs: Sequence[str]) -> TrainingData:
    """Return training data with the plane `distances`, float32 (N, T, T), where a model needs it.

    In units of the object's largest distance: 0 outside of objects, 1 at the middle of each, so
    that touching ones can be parted. Of the objects in the tile: a border cuts them.
    """
    if PLANE not in needs:
        return data
    return replace(data, train=_added(data.train), val=_added(data.val))


def _added(planes: Arrays) -> Arrays:
    labels = planes[FROM]
    found = np.zeros(labels.shape, np.float32)
    for tile, plane in zip(labels, found, strict=True):
        plane[:] = target_maps(tile.astype(np.int32))[1]
    return {**planes, PLANE: found}
