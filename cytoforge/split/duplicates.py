"""Find the same picture under two names, which would leak from one split to another."""

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit


def picture_digest(image: Image) -> str:
    """Return what identifies a picture: its normalised grey values in 8 bits.

    Copies saved in another bit depth or scaled linearly have the same digest, or nearly always.
    """
    grey = np.rint(to_unit(image) * 255).astype(np.uint8)
    return hashlib.sha256(str(grey.shape).encode() + grey.tobytes()).hexdigest()


def check_no_duplicates(images: Iterable[Image], groups: Mapping[str, str]) -> None:
    """Raise UserError when two images of different groups show the same picture.

    Parameters
    ----------
    groups : image name → what the split keeps together
    """
    first: dict[str, str] = {}
    for image in images:
        duplicate = first.setdefault(picture_digest(image), image.name)
        if groups[duplicate] != groups[image.name]:
            raise UserError(
                where=f"images {duplicate} and {image.name}",
                expected="a different picture in each image",
                found="the same grey values in both",
                fix="remove one row from samples.tsv: a copy would leak from one split to another",
            )
