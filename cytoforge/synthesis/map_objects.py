"""Objects of a drawn label map: found by the distance drawn with it, or in the map alone.

What has no object, because its distance has no top or it is too small, is taken out of the map: map
and objects then say the same, and how many there were is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cytoforge.config.objects import EVERYWHERE, GAP
from cytoforge.references.codes import OWN, Code
from cytoforge.references.instances import instances_from_label_map
from cytoforge.segmentation.learned.maps import Decoding, instances_of, without_small
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

OUTSIDE = 0.05  # of the user's own classes: a distance below is that of no object
NUCLEUS = ("nucleus", "nucleus_rim")
METHOD = "drawn"


@dataclass(frozen=True)
class DrawnMap:
    """A label map and its objects.

    Attributes
    ----------
    labels : uint8 (H, W), codes of the reference
    objects : planes of cells, nuclei and gap, as far as the reference has them
    dropped : objects that were taken out
    """

    labels: np.ndarray
    objects: Segmentation
    dropped: int

    @property
    def cells(self) -> np.ndarray:
        """Instance labels of the main objects, int32 (H, W)."""
        return self.objects[self.objects.main_object]


def with_objects(
    labels: np.ndarray, depth: np.ndarray | None, codes: Sequence[Code], min_area_px: int
) -> DrawnMap:
    """Return a drawn map with its objects, without what is none.

    Parameters
    ----------
    labels : uint8 (H, W)
    depth : distance to the outside of the object, 1 at its middle, float32 (H, W); None: objects
        are found in the map
    codes : the code table
    min_area_px : smaller objects are taken out
    """
    regions = np.array([code.region for code in codes])
    own = bool((regions == OWN).all())
    if own:
        inside = np.ones(labels.shape, bool) if depth is None else depth > OUTSIDE
    else:
        inside = ~np.isin(regions, EVERYWHERE)[labels]
    if depth is None:
        found = without_small(instances_from_label_map(labels, codes), min_area_px)
    else:
        found = instances_of(inside.astype(np.float32), depth, Decoding(min_area_px=min_area_px))
    lost = inside & (found == 0)
    _, dropped = ndimage.label(lost)
    if not own:
        labels = np.where(lost, _background(regions), labels).astype(np.uint8)
    planes = _planes(labels, found, regions)
    return DrawnMap(labels, Segmentation(planes, METHOD), int(dropped))


def _background(regions: np.ndarray) -> int:
    """Return the code of the background; 0, the gap, where the table has none."""
    found = np.flatnonzero(regions == "background")
    return int(found[0]) if len(found) else 0


def _planes(
    labels: np.ndarray, found: np.ndarray, regions: np.ndarray
) -> Mapping[str, ObjectPlane]:
    nucleus = np.isin(regions, NUCLEUS)
    if not nucleus.any():
        planes = {"cells": ObjectPlane(found)}
    elif (nucleus | np.isin(regions, EVERYWHERE)).all():
        planes = {"nuclei": ObjectPlane(found)}
    else:
        nuclei = _largest_pieces(np.where(nucleus[labels], found, 0))
        planes = {"nuclei": ObjectPlane(nuclei, within="cells"), "cells": ObjectPlane(found)}
    if GAP in regions:
        planes[GAP] = ObjectPlane((regions == GAP)[labels])
    return planes


def _largest_pieces(nuclei: np.ndarray) -> np.ndarray:
    """Return the largest connected piece of each id, int32 (H, W): a cell has one nucleus."""
    kept = np.zeros(nuclei.shape, np.int32)
    for number, box in enumerate(ndimage.find_objects(nuclei), start=1):
        if box is None:
            continue
        pieces, _ = ndimage.label(nuclei[box] == number)
        largest = np.bincount(pieces[pieces > 0]).argmax()
        kept[box][pieces == largest] = number
    return kept
