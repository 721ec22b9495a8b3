"""One row per object: size, shape, brightness, neighbours."""

import numpy as np
import pandas as pd
from scipy import ndimage

from cytoforge.config.objects import singular
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.segmentation.moments import Moments, label_moments
from cytoforge.segmentation.segmentation import Segmentation


def object_table(
    image: Image, segmentation: Segmentation, neighbour_distance_px: int = 4
) -> pd.DataFrame:
    """Return one row per main object of the segmentation, e.g. per cell, in the order of ids.

    Columns: id; area_px; eccentricity (0 circle, towards 1 line; of the ellipse with the same
    second moments); ellipse_fit (area over that ellipse's area, 1 for any ellipse, less for
    ragged or bent shapes); centroid_row, centroid_col; the area of what lies within it, e.g.
    nucleus_area_px (0 without nucleus); intensity_<channel> (mean of unit intensity, 0–1, over
    the object); neighbours (others within `neighbour_distance_px` of its border).
    """
    main = segmentation.main_object
    objects = segmentation[main]
    size = int(objects.max()) + 1
    moments = label_moments(objects, size)
    ids = np.flatnonzero(moments.area > 0)
    columns: dict[str, np.ndarray] = {
        "id": ids,
        "area_px": moments.area[ids].astype(np.int64),
        "eccentricity": eccentricity(moments)[ids],
        "ellipse_fit": moments.ellipse_fit()[ids],
        "centroid_row": moments.row[ids],
        "centroid_col": moments.col[ids],
    }
    for name, plane in segmentation.objects.items():
        if plane.within == main:
            area = np.bincount(plane.array.ravel(), minlength=size)
            columns[f"{singular(name)}_area_px"] = area[ids]
    flat = objects.ravel()
    for channel, pixels in zip(image.channels, to_unit(image), strict=True):
        total = np.bincount(flat, weights=pixels.ravel(), minlength=size)
        columns[f"intensity_{channel}"] = (total / np.maximum(moments.area, 1))[ids]
    columns["neighbours"] = count_neighbours(objects, size, neighbour_distance_px)[ids]
    return pd.DataFrame(columns)


def eccentricity(moments: Moments) -> np.ndarray:
    """Return sqrt(1 - minor²/major²) of each label's ellipse, in [0, 1)."""
    middle = (moments.var_row + moments.var_col) / 2
    spread = np.hypot((moments.var_row - moments.var_col) / 2, moments.covariance)
    return np.sqrt(np.clip(2 * spread / np.maximum(middle + spread, 1e-12), 0, 1))


def count_neighbours(labels: np.ndarray, size: int, distance_px: int) -> np.ndarray:
    """Return for each id below `size` how many other labels come near it, int64 (size,).

    Background pixels go to their nearest label when it is within half of `distance_px`; two
    labels are neighbours when their grown areas touch.
    """
    distance, nearest = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    grown = np.where(distance <= distance_px / 2, labels[tuple(nearest)], 0).astype(np.int64)
    pairs = []
    for first, second in (
        (grown[1:], grown[:-1]),
        (grown[:, 1:], grown[:, :-1]),
        (grown[1:, 1:], grown[:-1, :-1]),
        (grown[1:, :-1], grown[:-1, 1:]),
    ):
        touch = (first != second) & (first > 0) & (second > 0)
        low = np.minimum(first[touch], second[touch])
        pairs.append(low * size + np.maximum(first[touch], second[touch]))
    unique = np.unique(np.concatenate(pairs))
    return np.bincount(np.concatenate([unique // size, unique % size]), minlength=size)
