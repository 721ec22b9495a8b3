"""One row a cell: size, shape, brightness, neighbours."""

import numpy as np
import pandas as pd
from scipy import ndimage

from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.segmentation.moments import Moments, label_moments
from cytoforge.segmentation.segmentation import Segmentation


def cell_table(
    image: Image, segmentation: Segmentation, neighbour_distance_px: int = 4
) -> pd.DataFrame:
    """Return one row a cell, in the order of ids.

    Columns: id; area_px; eccentricity (0 circle, towards 1 line; of the ellipse with the same
    second moments); ellipse_fit (area over that ellipse's area, 1 for any ellipse, less for
    ragged or bent shapes); centroid_row, centroid_col; nucleus_area_px (0 without nucleus);
    intensity_<channel> (mean of unit intensity, 0–1, over the cell); neighbours (other cells
    within `neighbour_distance_px` of its border).
    """
    cells = segmentation.cells
    size = int(cells.max()) + 1
    moments = label_moments(cells, size)
    ids = np.flatnonzero(moments.area > 0)
    nucleus_area = np.bincount(segmentation.nuclei.ravel(), minlength=size)
    columns: dict[str, np.ndarray] = {
        "id": ids,
        "area_px": moments.area[ids].astype(np.int64),
        "eccentricity": eccentricity(moments)[ids],
        "ellipse_fit": moments.ellipse_fit()[ids],
        "centroid_row": moments.row[ids],
        "centroid_col": moments.col[ids],
        "nucleus_area_px": nucleus_area[ids],
    }
    flat = cells.ravel()
    for name, plane in zip(image.channels, to_unit(image), strict=True):
        total = np.bincount(flat, weights=plane.ravel(), minlength=size)
        columns[f"intensity_{name}"] = (total / np.maximum(moments.area, 1))[ids]
    columns["neighbours"] = count_neighbours(cells, size, neighbour_distance_px)[ids]
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
