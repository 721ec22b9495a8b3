"""Nuclei as two planes of one size: a number for each, and the class of each."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from cytoforge.jobs.atomic import atomic_path
from cytoforge.segmentation.label_checks import APART, COMPARABLE, CRUMBS, STRAY_PX
from cytoforge.segmentation.label_pieces import crumbled, pieces_of, scattered_pieces


@dataclass(frozen=True)
class NucleiPlanes:
    """Nuclei of one image.

    Attributes
    ----------
    instances : (Y, X) whole numbers, 0 in the background, nuclei 1 to n
    classes : uint8 (Y, X), 0 in the background, in each nucleus one class; None: not said
    hidden : nuclei of which no pixel is left, since others lie over them
    divided : numbers that named several nuclei apart, which now have a number each
    """

    instances: np.ndarray
    classes: np.ndarray | None
    hidden: int = 0
    divided: int = 0


def planes_of_channels(channels: np.ndarray) -> NucleiPlanes:
    """Return the planes of numbers that stand in a channel per class, (Y, X, classes), whole.

    The same number in two channels is two nuclei. Where channels overlap, the first of them wins,
    for the instance and for its class.
    """
    taken = channels > 0
    first = taken.argmax(axis=-1)
    number = np.take_along_axis(channels, first[..., None], axis=-1)[..., 0].astype(np.int64)
    inside = number > 0
    per_channel = int(channels.max(initial=0)) + 1
    keys = np.where(inside, first * per_channel + number, 0)
    there = sum(len(np.unique(channels[..., k][taken[..., k]])) for k in range(channels.shape[-1]))
    left = len(np.unique(keys[inside]))
    instances, divided = one_number_each(keys)
    classes = np.where(inside, first + 1, 0).astype(np.uint8)
    return NucleiPlanes(instances, classes, there - left, divided)


def one_number_each(labels: np.ndarray) -> tuple[np.ndarray, int]:
    """Return labels (Y, X) numbered from 1 on in their order, and how many ids were divided.

    An id whose pieces lie apart, as no nucleus does, is divided into these: a label image with such
    ids would be taken for a map of classes, and refused.
    """
    labels = labels.astype(np.int64)
    pieces = pieces_of(labels)
    if not len(pieces.value):
        return np.zeros(labels.shape, np.uint16), 0
    scattered = np.union1d(
        scattered_pieces(pieces, COMPARABLE, APART)[0], crumbled(pieces, STRAY_PX, CRUMBS)[0]
    )
    # Ordered by id, then by piece where the id is divided.
    piece = np.where(np.isin(labels, scattered), pieces.plane, 0)
    keys = labels * (int(pieces.plane.max()) + 1) + piece
    found, numbers = np.unique(keys, return_inverse=True)
    numbers = numbers.reshape(labels.shape) + int(found[0] != 0)
    kind = np.uint16 if len(found) < 2**16 else np.uint32
    return numbers.astype(kind), len(scattered)


def class_of_each(instances: np.ndarray, types: np.ndarray) -> np.ndarray:
    """Return the class of nuclei 1 to n: the one that most of its pixels have, 0 if all have none.

    Parameters
    ----------
    instances : (Y, X), 0 and 1 to n
    types : (Y, X) class of each pixel, 0 where it has none
    """
    n_types = int(types.max(initial=0)) + 1
    inside = instances > 0
    keys = instances[inside].astype(np.int64) * n_types + types[inside].astype(np.int64)
    n = int(instances.max(initial=0))
    counts = np.bincount(keys, minlength=(n + 1) * n_types).reshape(n + 1, n_types)
    counts[:, 0] = 0
    return counts.argmax(axis=1)[1:]


def classes_plane(instances: np.ndarray, of_each: np.ndarray) -> np.ndarray:
    """Return uint8 (Y, X) with the class of each nucleus, whose first is that of number 1."""
    return np.concatenate([[0], of_each]).astype(np.uint8)[instances]


def write_plane(path: Path, plane: np.ndarray) -> Path:
    """Write whole numbers (Y, X) as TIFF, compressed without loss, atomically."""
    with atomic_path(path) as temporary:
        tifffile.imwrite(
            temporary, plane, photometric="minisblack", compression="deflate", metadata=None
        )
    return path
