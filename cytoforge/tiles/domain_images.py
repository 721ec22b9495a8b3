"""The images of two domains, one or one pair at a time; partners laid onto each other if asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.split.domains import DomainImages
from cytoforge.tiles.registration import Placed, laid, place


@dataclass(frozen=True)
class Member:
    """An image of a domain.

    Attributes
    ----------
    known : bool (Y, X), where it has pixels of its own; None: everywhere
    placed : how it was laid onto its partner, if it was
    """

    image: Image
    known: np.ndarray | None = None
    placed: Placed | None = None


def domain_members(
    paths: Mapping[str, Path], domains: DomainImages, registered: bool
) -> Iterator[Member]:
    """Yield the images of both domains; of pairs one after the other, the second as it lies on the
    first where `registered`.

    paths : of the images by name
    """
    if not domains.paired:
        for images in domains.of.values():
            yield from (Member(read_image(paths[name])) for name in images)
        return
    for name, mate in domains.pairs.items():
        one, other = read_image(paths[name]), read_image(paths[mate])
        if one.shape != other.shape:
            raise UserError(
                f"images {name} and {mate}",
                "partners of one size",
                f"{one.shape[0]} × {one.shape[1]} and {other.shape[0]} × {other.shape[1]} px",
                "crop both to the same field, or leave `pairs` out",
            )
        yield Member(one)
        yield _registered(one, other) if registered else Member(other)


def _registered(one: Image, other: Image) -> Member:
    placed = place(*(to_unit(image).mean(axis=0) for image in (one, other)))
    print(
        f"{other.name} on {one.name}: turned {placed.degrees:.2f}°, moved {placed.down_px:.1f} px"
        f" down and {placed.right_px:.1f} px right; {placed.residual_px:.1f} px are left"
    )
    pixels, known = laid(other.pixels, placed)
    return Member(replace(other, pixels=pixels), known, placed)
