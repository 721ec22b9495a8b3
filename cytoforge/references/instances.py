"""Instance labels of objects: of a segmentation, or found again in a label map that has none."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage
from skimage.measure import label
from skimage.segmentation import watershed

from cytoforge.references.codes import OWN, Code
from cytoforge.segmentation.segmentation import Segmentation

# Cytoplasm without a nucleus is a cell only from this fraction of a typical cell's area on: rims
# cut off slivers of a few pixels (on the shipped 7-level maps half have 10 px, a cell has 820).
_MIN_CELL = 0.1
# Smoothing of nuclei's depth, and how far apart two nuclei are at least, in nucleus diameters.
_SMOOTHING, _APART = 0.07, 0.35


def object_instances(segmentation: Segmentation) -> np.ndarray:
    """Return one id per object, int32 (Y, X), 0 where there is none.

    Ids are those of the main objects, e.g. cells. Of further objects, e.g. nuclei or spots, what
    lies outside all earlier ones counts as an object of its own; its id continues after theirs.
    """
    ids = np.zeros(segmentation.shape, np.int32)
    for labels in segmentation.instances.values():
        alone = (labels > 0) & (ids == 0)
        ids = np.where(alone, labels + ids.max(), ids).astype(np.int32)
    return ids


def class_pieces(label_map: np.ndarray) -> np.ndarray:
    """Return one id per connected piece of a class, int32 (Y, X), from 1 on and none 0: what is
    known of the objects of a map of classes. Pixels that touch at a corner are two pieces.

    >>> class_pieces(np.array([[0, 0, 1], [1, 0, 1]], np.uint8)).tolist()
    [[1, 1, 2], [3, 1, 2]]
    """
    pieces: np.ndarray = label(label_map, background=-1, connectivity=1)
    return pieces.astype(np.int32, copy=False)


def instances_from_label_map(label_map: np.ndarray, codes: Sequence[Code]) -> np.ndarray:
    """Find the cells or other objects that a label map shows, int32 (Y, X), 0: none.

    Every nucleus is the seed of a cell. Seeds are flooded over the nucleus rims, then over the
    cytoplasm, then over the cell rims, each pixel going to the nearest cell on a path inside them.
    So rims are shared half and half, cells with a rim between them stay apart, and cells that
    touch without one are parted between their nuclei. Cytoplasm that no nucleus reaches becomes
    cells of its own. Nuclei that touch are parted by nucleus rims where the table has them, else
    by their shape. Two nuclei drawn into one cell make two cells of it. Pixels of other objects
    belong to the cell beside them, else each connected piece is an object of its own. Of the user's
    own classes every connected piece is one (`class_pieces`).

    Parameters
    ----------
    label_map : uint8 (Y, X) with codes of the table
    codes : the label map's code table
    """
    regions = np.array([code.region for code in codes])
    if (regions == OWN).all():
        return class_pieces(label_map)

    def pixels(region: str) -> np.ndarray:
        here: np.ndarray = (regions == region)[label_map]
        return here

    reach = pixels("nucleus")
    cells = label(reach, connectivity=1)
    if "nucleus_rim" not in regions:
        cells = _part_by_shape(cells)
    reach = reach | pixels("nucleus_rim")
    cells = _number_rest(_flood(cells, reach), reach, 0.0)
    reach = reach | pixels("cytoplasm")
    cells = _number_rest(_flood(cells, reach), reach, _MIN_CELL)
    reach = reach | pixels("cell_rim")
    cells = _number_rest(_flood(cells, reach), reach, 0.0)
    others = ~(reach | pixels("gap") | pixels("background"))
    if not others.any():
        return cells.astype(np.int32)
    reach = reach | others
    return _number_rest(_flood(cells, reach), reach, 0.0).astype(np.int32)


def _flood(cells: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Grow cells over all of `reach` that is connected to them."""
    if not cells.any():
        return cells
    # On a flat landscape a watershed visits pixels in the order of their distance.
    flooded: np.ndarray = watershed(np.zeros(reach.shape, np.uint8), cells, mask=reach)
    return flooded


def _number_rest(cells: np.ndarray, reach: np.ndarray, min_fraction: float) -> np.ndarray:
    """Make cells of the pieces of `reach` that are none yet, from a fraction of typical area on."""
    pieces = label(reach & (cells == 0), connectivity=1)
    areas = np.bincount(pieces.ravel())
    large = areas >= min_fraction * _typical_area(cells if cells.any() else pieces)
    large[0] = False
    numbers = np.where(large, cells.max() + np.cumsum(large), 0)
    return np.where(pieces > 0, numbers[pieces], cells)


def _typical_area(labels: np.ndarray) -> float:
    """Return the area of the object that the median labelled pixel lies in, not a sliver's."""
    inside = labels[labels > 0]
    return float(np.median(np.bincount(inside)[inside])) if len(inside) else 0.0


def _part_by_shape(nuclei: np.ndarray) -> np.ndarray:
    """Part touching nuclei where they are narrow: a watershed of their depth, smoothed."""
    areas = np.bincount(nuclei.ravel())[1:]
    if not len(areas):
        return nuclei
    diameter = 2 * float(np.sqrt(np.median(areas) / np.pi))
    depth = ndimage.gaussian_filter(
        ndimage.distance_transform_edt(nuclei > 0), _SMOOTHING * diameter
    )
    window = 2 * max(round(_APART * diameter), 1) + 1
    peaks = (depth == ndimage.maximum_filter(depth, window)) & (nuclei > 0)
    seeds = label(peaks, connectivity=2)
    parted: np.ndarray = watershed(-depth, seeds, mask=nuclei > 0)
    return parted
