"""Real volumes that made ones are held against, and the mean value of each class in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.volumes.slice_store import unpacked


@dataclass(frozen=True)
class RealVolume:
    """What a made volume is compared with.

    Attributes
    ----------
    image : file of the channel that is compared
    labels : file of its label volume
    axis : body axis along which slices are counted
    training : numbers of its training slices
    unit : what the split keeps together: its patient, or itself
    body : file of its mask; "" where it is found here
    """

    image: str
    labels: str
    axis: str
    training: Sequence[int]
    unit: str
    body: str = ""


@dataclass(frozen=True)
class ClassMeans:
    """Mean values of the training slices.

    Attributes
    ----------
    of_label : by the number that made label volumes have for a class
    overall : of all voxels, for classes that no training slice has
    """

    of_label: Mapping[int, float]
    overall: float

    def filled(self, labels: np.ndarray) -> np.ndarray:
        """Return the mean of each voxel's class, float64 of the shape of `labels`."""
        present, places = np.unique(labels, return_inverse=True)
        values = [self.of_label.get(label, self.overall) for label in present.tolist()]
        return np.array(values)[places.reshape(labels.shape)]


def class_means(reals: Iterable[RealVolume], label_of: Mapping[int, int], room: Path) -> ClassMeans:
    """Return the mean value of each class over the training slices of all volumes.

    label_of : by value in real label volumes, the number that made ones have for its class; a value
        that is not named is a class of its own
    room : folder in which they are unpacked, one at a time
    """
    total: dict[int, float] = {}
    count: dict[int, int] = {}
    for real in (one for one in reals if one.training):
        with (
            unpacked(real.image, real.axis, room) as image,
            unpacked(real.labels, real.axis, room) as labels,
        ):
            for number in real.training:
                values = image.picture(number).reshape(-1).astype(np.float64)
                present, places = np.unique(labels.picture(number), return_inverse=True)
                sums = np.bincount(places.reshape(-1), values)
                voxels = np.bincount(places.reshape(-1))
                for value, one, n in zip(present.astype(int).tolist(), sums, voxels, strict=True):
                    label = label_of.get(value, value)
                    total[label] = total.get(label, 0.0) + float(one)
                    count[label] = count.get(label, 0) + int(n)
    means = {label: total[label] / count[label] for label in sorted(total)}
    return ClassMeans(means, sum(total.values()) / max(sum(count.values()), 1))
