"""Find the same picture under two names, which would leak from one split to another."""

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.split.resemblance import ALIKE, most_alike, reduced

_SIDE = 128


def picture_digest(image: Image) -> str:
    """Return what identifies a picture: its normalised grey values in 8 bits.

    Copies saved in another bit depth or scaled linearly have the same digest, or nearly always.
    """
    grey = np.rint(to_unit(image) * 255).astype(np.uint8)
    return hashlib.sha256(str(grey.shape).encode() + grey.tobytes()).hexdigest()


def check_no_duplicates(images: Iterable[Image], groups: Mapping[str, str]) -> None:
    """Raise UserError when two images of different groups show the same picture, or nearly.

    Nearly the same are pictures whose reduced copies agree at some shift: a pixel changed, noise, a
    frame moved by some pixels (see `cytoforge.split.resemblance`).

    Parameters
    ----------
    groups : image name → what the split keeps together
    """
    first: dict[str, str] = {}
    copies: dict[str, np.ndarray] = {}
    several = len(set(groups.values())) > 1
    for image in images:
        if not several:  # e.g. thousands of slices of one volume: there is nothing to compare
            continue
        if np.ptp(unit := to_unit(image)) == 0:  # a slice of air shows nothing that could leak
            continue
        duplicate = first.setdefault(picture_digest(image), image.name)
        if groups[duplicate] != groups[image.name]:
            raise _copy(duplicate, image.name, "the same grey values in both")
        copies[image.name] = reduced(unit, _SIDE)
    if not copies:
        return
    names = list(copies)
    found = most_alike(np.stack(list(copies.values())), [groups[name] for name in names])
    if found and found.correlation >= ALIKE:
        raise _copy(
            names[found.first],
            names[found.second],
            f"nearly the same one: their details correlate by {found.correlation:.2f} at the best"
            f" shift, unrelated images by less than {ALIKE}",
        )


def _copy(one: str, two: str, found: str) -> UserError:
    return UserError(
        where=f"images {one} and {two}",
        expected="a different picture in each image",
        found=found,
        fix="remove one row from samples.tsv, or give both one value in the column that `split.by`"
        " names: a copy would leak from one split to another",
    )
