"""A label volume given as an image: recognised when images are divided, before any training."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image

# Share of neighbouring pixels with equal values, where not both are the commonest value (air). Of
# the shipped and odd CT and MR 0.02 to 0.04, of a CT in 8 bits 0.23; of eight label volumes of
# organs and brains, at 1 to 3 mm, 0.71 to 0.90.
ALIKE = 0.5
# Fewer pairs, e.g. a body in few slices, tell nothing.
_FEWEST_PAIRS = 1000


@dataclass
class _Counts:
    pairs: int = 0
    equal: int = 0
    whole: bool = True
    values: set[float] = field(default_factory=set)


def without_label_volumes(images: Iterable[Image], volumes: Mapping[str, str]) -> Iterator[Image]:
    """Yield the images as they come; at the end raise UserError where the slices of a volume
    together have the values of labels: whole numbers, most of them like their neighbours.

    volumes : of each image that is a slice, by its name; others are not looked at
    """
    found: dict[str, _Counts] = {}
    for image in images:
        if image.name in volumes:
            counts = found.setdefault(volumes[image.name], _Counts())
            for channel in image.pixels:
                _count(channel, counts)
        yield image
    for volume, counts in found.items():
        if counts.whole and counts.pairs >= _FEWEST_PAIRS and counts.equal > ALIKE * counts.pairs:
            raise _labels(volume, counts)


def _count(pixels: np.ndarray, counts: _Counts) -> None:
    """Add the horizontal neighbours of one slice (Y, X)."""
    values, each = np.unique(pixels, return_counts=True)
    commonest = values[each.argmax()]
    left, right = pixels[:, :-1], pixels[:, 1:]
    seen = (left != commonest) | (right != commonest)
    counts.pairs += int(seen.sum())
    counts.equal += int((seen & (left == right)).sum())
    counts.whole &= bool((values == np.rint(values)).all())
    counts.values.update(values.tolist())


def _labels(volume: str, counts: _Counts) -> UserError:
    share = 100 * counts.equal / counts.pairs
    return UserError(
        f"volume {volume}",
        "the grey values of an image",
        f"{len(counts.values)} whole numbers up to {max(counts.values):g}, and {share:.0f} % of"
        " neighbouring pixels are equal: labels",
        "name the image in samples.tsv and the labels in their own column, or accept it:"
        " images.volumes.accept: [label_values]",
    )
