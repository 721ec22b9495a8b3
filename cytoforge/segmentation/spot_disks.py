"""Spots as objects of an image: a disk around each point, touching ones divided between them."""

import math

import numpy as np


def spot_disks(points: np.ndarray, shape: tuple[int, int], radius_px: float) -> np.ndarray:
    """Return instance labels int32 (Y, X): pixels within a radius of a point, the nearest's.

    Ids are 1 to n in the order of the points; of two in one place only the later has pixels.

    Parameters
    ----------
    points : row and column, (n, 2), as floats; also beyond the edge of the image

    >>> spot_disks(np.array([[0.0, 1.0], [0.0, 3.4]]), (2, 5), 1.0).tolist()
    [[1, 1, 1, 2, 2], [0, 1, 0, 0, 0]]
    """
    labels = np.zeros(shape[0] * shape[1], np.int32)
    if not len(points):
        return labels.reshape(shape)
    reach = math.ceil(radius_px) + 1
    window = np.arange(-reach, reach + 1)
    offsets = np.stack(np.meshgrid(window, window, indexing="ij"), -1).reshape(-1, 2)
    pixels = np.rint(points).astype(int)[:, None] + offsets  # (n, w², 2)
    squared = ((pixels - points[:, None]) ** 2).sum(-1)
    taken = (squared <= radius_px**2) & (pixels >= 0).all(-1) & (pixels < shape).all(-1)
    which, _ = np.nonzero(taken)
    index = pixels[taken] @ np.array([shape[1], 1])
    order = np.argsort(-squared[taken], kind="stable")  # the nearest is written last
    labels[index[order]] = which[order] + 1
    return labels.reshape(shape)
