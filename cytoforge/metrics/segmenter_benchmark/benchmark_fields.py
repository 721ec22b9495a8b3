"""The fields of a benchmark: true objects, and what each segmenter found in the same place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.references.label_map_file import read_label_map, read_pixel_size_um
from cytoforge.segmentation.classes import ClassPlane, majority
from cytoforge.segmentation.label_file import read_result_file
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.segmentation_file import read_segmentation
from cytoforge.split.region import Region

Found = Path | str
"""Where a segmentation lies, or why there is none."""
InImage = Segmentation | Mapping[str, np.ndarray] | str
"""What was found in an image, or why nothing was."""


@dataclass(frozen=True)
class Contest:
    """What is compared, and with what.

    Attributes
    ----------
    truth : files of true segmentations by image; images without one are not compared
    found : of each segmenter, files of segmentations by image, or why an image has none
    outside : of each tool outside, label images by object and image
    objects : names of objects that are compared, e.g. nuclei and cells
    regions : only these parts of images count; None: images whole
    units : what an image belongs to that counts whole, where several are no independent ones
    class_maps : label maps of the classes of true objects by image; none: they have none
    class_names : of these classes by code
    tissues : of images, where scores of classes are averaged by tissue
    """

    truth: Mapping[str, Path]
    found: Mapping[str, Mapping[str, Found]]
    objects: Sequence[str]
    outside: Mapping[str, Mapping[str, Mapping[str, Path]]] = field(default_factory=dict)
    regions: Sequence[Region] | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    class_maps: Mapping[str, Path] = field(default_factory=dict)
    class_names: Sequence[str] = ()
    tissues: Mapping[str, str] = field(default_factory=dict)

    @property
    def segmenters(self) -> tuple[str, ...]:
        """Names of all that are compared, tools outside last."""
        return (*self.found, *self.outside)


@dataclass(frozen=True)
class Field:
    """A field that counts: an image, or a test region of one.

    found : by segmenter, instance labels (Y, X) by object; of an image in which nothing could be
        found, why
    true_classes, found_classes : of the objects by their name, those found by segmenter too, where
        they have any
    pixel_size_um : where the label map of the classes says it
    """

    image: str
    unit: str
    box: tuple[slice, slice]
    truth: Mapping[str, np.ndarray]
    found: Mapping[str, Mapping[str, np.ndarray] | str]
    true_classes: Mapping[str, ClassPlane] = field(default_factory=dict)
    found_classes: Mapping[str, Mapping[str, ClassPlane]] = field(default_factory=dict)
    tissue: str = ""
    pixel_size_um: float | None = None

    @property
    def name(self) -> str:
        """The image, and where in it a field lies that does not begin at its first pixel."""
        rows, cols = self.box
        place = f" at {rows.start}, {cols.start}" if rows.start or cols.start else ""
        return self.image + place


def fields_of(contest: Contest) -> Iterator[Field]:
    """Yield the fields in the order of their images, one image in memory at a time.

    Raises UserError where nothing is left to compare, or a label image is not that of its image.
    """
    nothing = True
    for image in sorted(contest.truth):
        boxes = _boxes(contest, image)
        if not boxes:
            continue
        nothing = False
        truth = read_segmentation(contest.truth[image])
        true = {name: truth[name] for name in contest.objects}
        classes, pixel_size_um = _true_classes(contest, image, true)
        found: dict[str, InImage] = {
            name: _read(by_image, image) for name, by_image in contest.found.items()
        }
        shape = (truth.shape[0], truth.shape[1])
        found |= {
            name: _outside(name, by_object, image, shape)
            for name, by_object in contest.outside.items()
        }
        for box, group in boxes:
            yield Field(
                image,
                group,
                box,
                {name: array[box] for name, array in true.items()},
                {name: _part(one, box, contest.objects) for name, one in found.items()},
                {name: plane.crop(box) for name, plane in classes.items()},
                {name: _classes(one, box) for name, one in found.items()},
                contest.tissues.get(image, ""),
                pixel_size_um,
            )
    if nothing:
        raise UserError(
            where="benchmarks",
            expected="an image with true objects in a region of the test split",
            found="none",
            fix="choose a set or a `truth` that covers test images",
        )


def _true_classes(
    contest: Contest, image: str, true: Mapping[str, np.ndarray]
) -> tuple[dict[str, ClassPlane], float | None]:
    """Return the classes of true objects, those that most of their pixels have, and the pixel
    size."""
    if image not in contest.class_maps:
        return {}, None
    path, names = contest.class_maps[image], tuple(contest.class_names)
    types = read_label_map(path, len(names))
    return (
        {name: ClassPlane(names, *majority(one, types, len(names))) for name, one in true.items()},
        read_pixel_size_um(path),
    )


def _classes(one: InImage, box: tuple[slice, slice]) -> dict[str, ClassPlane]:
    planes = one.objects if isinstance(one, Segmentation) else {}
    told = {name: plane.classes for name, plane in planes.items()}
    return {name: found.crop(box) for name, found in told.items() if found is not None}


def _boxes(contest: Contest, image: str) -> list[tuple[tuple[slice, slice], str]]:
    """Return the parts of an image that count, each with its group."""
    if contest.regions is None:
        return [(np.s_[0:, 0:], contest.units.get(image, image))]
    return [
        (np.s_[one.row0 : one.row1, one.col0 : one.col1], one.group)
        for one in contest.regions
        if (one.image, one.split) == (image, "test")
    ]


def _read(by_image: Mapping[str, Found], image: str) -> Segmentation | str:
    found = by_image.get(image, "no such image among those segmented")
    return found if isinstance(found, str) else read_segmentation(found)


def _outside(
    tool: str, by_object: Mapping[str, Mapping[str, Path]], image: str, shape: tuple[int, int]
) -> dict[str, np.ndarray]:
    where = "benchmarks.*.outside"
    return {
        name: read_result_file(by_image[image], shape, f"{where}.{tool}, {name}")
        for name, by_image in by_object.items()
    }


def _part(
    one: InImage,
    box: tuple[slice, slice],
    objects: Sequence[str],
) -> dict[str, np.ndarray] | str:
    if isinstance(one, str):
        return one
    return {name: one[name][box] for name in objects if name in one}
