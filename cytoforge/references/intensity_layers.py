"""Layers: cells sorted by the mean grey value of their cytoplasm."""

import numpy as np

from cytoforge.segmentation.segmentation import Segmentation

# Cells without a pixel of cytoplasm belong to no layer.
NO_LAYER = 255


def cell_means(cells: np.ndarray, nuclei: np.ndarray | None, grey: np.ndarray) -> np.ndarray:
    """Return the mean grey value of every cell without its nucleus.

    Parameters
    ----------
    cells, nuclei : (Y, X) integer labels, 0 is background; None where nuclei are not looked for
    grey : (Y, X) float32, 0–255

    Returns
    -------
    (highest label + 1,) float64; NaN for label 0, absent labels and cells that are all nucleus
    """
    # Cast here: bincount would cast twice.
    without = cells if nuclei is None else cells * (nuclei == 0)
    cytoplasm = without.astype(np.intp).ravel()  # (Y·X,)
    length = int(cells.max(initial=0)) + 1
    areas = np.bincount(cytoplasm, minlength=length)
    sums = np.bincount(cytoplasm, weights=grey.ravel(), minlength=length)
    areas[0] = 0
    return np.divide(sums, areas, out=np.full(length, np.nan), where=areas > 0)


def cytoplasm_means(segmentation: Segmentation, grey: np.ndarray) -> np.ndarray:
    """Return `cell_means` of a segmentation with cells, and nuclei where they are looked for."""
    plane = segmentation.objects.get("nuclei")
    nuclei = None if plane is None else plane.array
    return cell_means(segmentation["cells"], nuclei, grey)


def layer_of_cells(means: np.ndarray, edges: tuple[float, ...]) -> np.ndarray:
    """Return each cell's layer, (n,) uint8: 0 below the first edge, an edge itself lies above.

    NaN means give NO_LAYER.
    """
    layers = np.searchsorted(np.asarray(edges), means, side="right").astype(np.uint8)
    layers[np.isnan(means)] = NO_LAYER
    return layers


def centroids(labels: np.ndarray) -> np.ndarray:
    """Return the centroid (row, column) of every label, (highest label + 1, 2); NaN if absent."""
    length = int(labels.max(initial=0)) + 1
    rows, columns = np.nonzero(labels)
    present = labels[rows, columns]
    areas = np.bincount(present, minlength=length)
    sums = [np.bincount(present, weights=axis, minlength=length) for axis in (rows, columns)]
    return np.stack(sums, axis=1) / np.where(areas > 0, areas, np.nan)[:, None]
