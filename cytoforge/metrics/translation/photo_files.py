"""Photographs and the nuclei in them, read from files: what a translation is scored on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.metrics.translation.translation_fields import Found, Photo
from cytoforge.segmentation.derived_channels import photograph
from cytoforge.segmentation.of_set import found_nothing
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region
from cytoforge.tiles.registration import Placed, laid, laid_labels, place

NUCLEI = "nuclei"
Nuclei = Mapping[str, Mapping[str, Path | str]]
"""By segmenter and image: the file of its segmentation, or why there is none."""


def photos(regions: Sequence[Region], images: Mapping[str, Path], found: Nuclei) -> Iterator[Photo]:
    """Yield the regions of images, with the nuclei that each segmenter found in them.

    A field is named `<image>` or, where an image has several regions, `<image>_<number>`.
    """
    for region in regions:
        image = read_image(images[region.image])
        box = box_of(region)
        nuclei: dict[str, np.ndarray] = {}
        confidence: dict[str, np.ndarray] = {}
        for segmenter, files in found.items():
            file = files.get(region.image)
            if isinstance(file, Path):
                nuclei[segmenter], sure = found_nuclei(read_segmentation(file), box)
                confidence |= {} if sure is None else {segmenter: sure}
            elif file is not None:
                _check_empty(segmenter, region.image, file)
                nuclei[segmenter] = np.zeros(image.shape, np.int32)[box]
                # Of none it is sure: an empty field does not take the others' precision away.
                confidence[segmenter] = np.empty(0)
        rgb, size = rgb_of(image.crop(*box)), image.pixel_size_um
        yield Photo(field_name(region, regions), region.group, rgb, nuclei, confidence, size)


def _check_empty(segmenter: str, image: str, status: str) -> None:
    """Raise UserError where an image has no segmentation for another reason than that there is
    nothing in it: that would count as all nuclei lost."""
    if not found_nothing(status):
        raise UserError(
            f"segmentation {segmenter} of image {image}",
            "nuclei, or that there are none",
            status,
            "correct what it says, and make the set's images again",
        )


def partner(
    region: Region, name: str, images: Mapping[str, Path], found: Nuclei, registered: bool
) -> tuple[Photo, Placed | None]:
    """Return what another image shows of a region's place, and how it was laid onto it.

    registered : turn and move it onto the region's image first; `part` then says what it shows

    Raises UserError where the images differ in size, or nothing of the region is shown.
    """
    if not registered:
        (whole,) = photos([replace(region, image=name)], images, found)
        return whole, None
    one, other = (read_image(images[image]) for image in (region.image, name))
    if one.shape != other.shape:
        sizes = " and ".join(f"{height} × {width} px" for height, width in (one.shape, other.shape))
        raise UserError(
            f"images {region.image} and {name}",
            "partners of one size",
            sizes,
            "crop both to the same field, or leave `pairs` out",
        )
    placed = place(*(to_unit(image).mean(axis=0) for image in (one, other)))
    pixels, known = laid(other.pixels, placed)
    box = box_of(region)
    part = whole_part(known[box])
    if not known[box][part].any():
        raise UserError(
            f"images {region.image} and {name}",
            "partners that show the same field",
            f"none of the test region after a turn by {placed.degrees:.1f}° and moves by"
            f" {placed.down_px:.0f} and {placed.right_px:.0f} px",
            "check column `pairs`, or leave `register` out",
        )
    rgb = rgb_of(replace(other, pixels=pixels))[box][part]
    nuclei = {
        segmenter: laid_labels(found_nuclei(read_segmentation(file))[0], placed)[box][part]
        for segmenter, files in found.items()
        if isinstance(file := files.get(name), Path)
    }
    return Photo(name, region.group, rgb, nuclei, {}, other.pixel_size_um, part), placed


def whole_part(known: np.ndarray) -> tuple[slice, slice]:
    """Return rows and columns all of which are known, as many as are left after taking away the
    outer line with least that is known, again and again.

    >>> whole_part(np.array([[0, 0, 0], [1, 1, 0], [1, 1, 1]], bool))
    (slice(1, 3, None), slice(0, 2, None))
    """
    row0, col0, row1, col1 = 0, 0, *known.shape
    while (inside := known[row0:row1, col0:col1]).size and not inside.all():
        shown = [
            float(line.mean()) for line in (inside[0], inside[-1], inside[:, 0], inside[:, -1])
        ]
        worst = int(np.argmin(shown))
        row0, row1 = row0 + (worst == 0), row1 - (worst == 1)
        col0, col1 = col0 + (worst == 2), col1 - (worst == 3)
    return slice(row0, row1), slice(col0, col1)


def found_nuclei(found: Segmentation, box: tuple[slice, slice] = np.s_[:, :]) -> Found:
    """Return the nuclei of a rectangle, or else its main objects, int32 (y, x), and how sure the
    method is of each in the order of the ids, None where it does not say."""
    plane = found.objects[NUCLEI if NUCLEI in found else found.main_object].crop(box)
    return plane.array, plane.confidences


def rgb_of(image: Image) -> np.ndarray:
    """Return a photograph as a camera saw it, uint8 (Y, X, 3)."""
    light = np.moveaxis(photograph(image), 0, -1)
    return np.ascontiguousarray(np.rint(255 * light).astype(np.uint8))


def box_of(region: Region) -> tuple[slice, slice]:
    """Return the rows and columns of a region."""
    return slice(region.row0, region.row1), slice(region.col0, region.col1)


def field_name(region: Region, regions: Sequence[Region]) -> str:
    """Return the name of a region's field among all of them."""
    same = [one for one in regions if one.image == region.image]
    return region.image if len(same) < 2 else f"{region.image}_{same.index(region) + 1}"
