"""The layers of cells, read off a label map; and which training field a drawn one is like."""

from collections.abc import Sequence

import numpy as np

from cytoforge.references.codes import Code
from cytoforge.references.intensity_layers import NO_LAYER

_GOLDEN = (5**0.5 - 1) / 2


def layers_of_objects(
    labels: np.ndarray, label_map: np.ndarray, codes: Sequence[Code]
) -> np.ndarray:
    """Return the layer of each id: that of most of its pixels that have one, or NO_LAYER.

    Parameters
    ----------
    labels : int32 (Y, X), 0 is background
    label_map : uint8 (Y, X), codes of the table `codes`

    Returns
    -------
    uint8 (highest id + 1,)
    """
    layer_of_code = np.array([NO_LAYER if c.layer is None else c.layer for c in codes], np.int64)
    size, found = int(labels.max(initial=0)) + 1, layer_of_code[label_map]
    inside = (labels > 0) & (found != NO_LAYER)
    counts = np.bincount(labels[inside] * 256 + found[inside], minlength=size * 256)
    counts = counts.reshape(size, 256)
    return np.where(counts.any(1), counts.argmax(1), NO_LAYER).astype(np.uint8)


def turn_of(seed: int, areas: np.ndarray) -> int:
    """Return which training field a drawn one is like: by turns, and by their areas.

    Multiples of the golden ratio: of n seeds in a row each field has its share to within about one.

    >>> [turn_of(seed, np.array([1.0, 1.0])) for seed in range(1, 7)]
    [1, 0, 1, 0, 0, 1]
    """
    shares = np.cumsum(areas) / np.sum(areas)
    return min(int(np.searchsorted(shares, (seed * _GOLDEN) % 1.0)), len(shares) - 1)
