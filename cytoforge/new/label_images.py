"""Whether a file is a label image or a mask, told by its pixels."""

import numpy as np

# Of the pairs of neighbours that are both above 0: equal ones. Pictures have noise: at
# most 0.6 on the grey images of dsb2018, the dimmest of which have a dozen grey values.
_FLAT = 0.95
# Of the pairs that differ: by one. A smooth picture goes from value to value, numbers of objects
# jump; a mask has two values, and what lies between them.
_STEPS = 0.5
# Fewer such pairs say nothing.
_FEWEST = 30


def are_labels(pixels: np.ndarray) -> bool:
    """Return whether (Y, X), of any type, are numbers of objects or a mask, and no picture.

    >>> ids = np.kron(np.array([[0, 7, 0], [0, 0, 3]]), np.ones((20, 20), int))
    >>> are_labels(ids), are_labels(np.add.outer(np.arange(60), np.arange(60)) // 9)
    (True, False)
    """
    values = pixels.astype(np.float64, copy=False)
    if pixels.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        return False
    found = np.unique(values)
    if len(found) < 2 or found[0] != 0:
        return False
    inside = values > 0
    both = inside[:, 1:] & inside[:, :-1]
    if both.sum() < _FEWEST:
        return False
    step = np.abs(np.diff(values, axis=1))
    if np.mean(step[both] == 0) < _FLAT:
        return False
    return len(found) == 2 or bool(np.mean(step[step > 0] == 1) < _STEPS)
