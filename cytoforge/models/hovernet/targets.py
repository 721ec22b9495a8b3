"""Instance labels as the maps that HoVer-Net learns.

In the public implementation the centre of a nucleus lies a pixel further up and left than its
centre of mass, and nuclei whose box, enlarged by 2 px, leaves the picture have no distances.
"""

import numpy as np
from scipy import ndimage
from skimage.measure import label

SMALLEST_PX = 30
"""Of a nucleus within the output: smaller parts have no distances."""


def hover_maps(labels: np.ndarray, border_px: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the targets of what the network sees, whose output is `border_px` smaller.

    Labels in several pieces, as reflected borders make them, are as many nuclei. Distances are
    those of the whole nucleus, also of what lies outside the output.

    Parameters
    ----------
    labels : integers (Y, X), 0 is ground

    Returns
    -------
    nuclei : bool (y, x)
    distances : float32 (2, y, x): along x and along y from the rounded centre of mass, −1 at the
        left and the upper end of each nucleus, 1 at the right and the lower; 0 on the ground
    """
    pieces = label(labels, background=0, connectivity=1)
    inner = inner_box(labels.shape, border_px)
    distances = np.zeros((2, *labels.shape), np.float32)
    boxes = ndimage.find_objects(pieces)
    area = np.bincount(pieces[inner].ravel(), minlength=len(boxes) + 1)
    for number in np.flatnonzero(area[1:] >= SMALLEST_PX) + 1:
        box = boxes[number - 1]
        inside = pieces[box] == number
        rows, cols = np.nonzero(inside)
        for plane, along in ((0, cols), (1, rows)):
            distances[plane][box][inside] = _from_centre(along)
    return labels[inner] > 0, np.ascontiguousarray(distances[:, *inner])


def _from_centre(along: np.ndarray) -> np.ndarray:
    """Return each pixel's distance from the centre, its two sides scaled to −1 and 1.

    >>> _from_centre(np.array([0, 1, 2, 3])).tolist()
    [-1.0, -0.5, 0.0, 1.0]
    """
    offset = along - np.floor(along.mean() + 0.5)
    return np.where(offset < 0, offset / max(-offset.min(), 1), offset / max(offset.max(), 1))


def inner_box(shape: tuple[int, ...], border_px: int) -> tuple[slice, slice]:
    """Return the middle of a picture that is `border_px` smaller.

    >>> inner_box((8, 6), 4)
    (slice(2, 6, None), slice(2, 4, None))
    """
    before = border_px // 2
    rows, cols = (slice(before, before + side - border_px) for side in shape)
    return rows, cols
