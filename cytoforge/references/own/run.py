"""The user's own label maps from files to files: the map of an image, the classes of all maps."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.ome import read_image
from cytoforge.jobs.csv_file import write_csv
from cytoforge.references.codes import write_codes
from cytoforge.references.instances import class_pieces
from cytoforge.references.label_map_file import read_label_map, write_label_map, write_preview
from cytoforge.references.own.classes import MapClass, class_codes
from cytoforge.references.own.own_map import read_own_map
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.split.region import SPLITS, Region

# What the connected pieces of classes are called, as objects.
PIECES = "regions"
COLUMNS = ["code", "class", "value", "images", "share", *SPLITS]


def take_map(
    image_path: str | Path,
    map_path: str,
    classes: Sequence[MapClass],
    column: str,
    output: Path,
    plane: dict[str, int] | None = None,
) -> None:
    """Write `{image}.tif` with the codes of an image's own map, `{image}.png`, a preview, and
    `regions/{image}.ome.tif`, the connected pieces of its classes, into a folder.

    Parameters
    ----------
    column : of samples.tsv, which names the map
    output : the label map's path, in that folder
    plane : of a label volume, the slice that the image is; None or empty where the map is a plane
    """
    image = read_image(image_path)
    codes = class_codes(classes)
    named_in = f"column `{column}` of image {image.name}"
    height, width = image.shape
    label_map = read_own_map(map_path, classes, named_in, (height, width), plane)
    pieces = Segmentation({PIECES: ObjectPlane(class_pieces(label_map))}, "own label map")
    regions = output.parent / "regions" / f"{image.name}.ome.tif"
    write_segmentation(regions, pieces, image.pixel_size_um)
    write_preview(output.with_suffix(".png"), label_map, codes)
    write_label_map(output, label_map, image.pixel_size_um)


def count_classes(
    label_maps: Mapping[str, str | Path],
    regions: Sequence[Region],
    classes: Sequence[MapClass],
    where: str,
    output: Path,
) -> None:
    """Write codes.json, and classes.csv: in how many images each class is, and which share of all
    pixels and of those of every split it takes.

    Parameters
    ----------
    label_maps : maps of all images, by name
    where : the config block, for messages
    output : codes.json

    Raises
    ------
    UserError : classes that no image has, or none of the training regions, which a model could
        not learn
    """
    codes = class_codes(classes)
    images = np.zeros(len(codes), np.int64)
    pixels = {split: images.copy() for split in ("all", *SPLITS)}
    for name, path in label_maps.items():
        label_map = read_label_map(path, len(codes))
        counts = _counts(label_map, len(codes))
        images += counts > 0
        pixels["all"] += counts
        for part in regions:
            if part.image == name:
                box = np.s_[part.row0 : part.row1, part.col0 : part.col1]
                pixels[part.split] += _counts(label_map[box], len(codes))
    _refuse_empty(pixels, classes, len(label_maps), where)
    rows = [
        [code.code, code.name, "; ".join(map(str, code.values)), images[code.code]]
        + [_share(pixels[split], code.code) for split in ("all", *SPLITS)]
        for code in codes
    ]
    write_csv(output.with_name("classes.csv"), COLUMNS, rows)
    write_codes(output, codes)


def _counts(label_map: np.ndarray, n_codes: int) -> np.ndarray:
    return np.bincount(label_map.ravel(), minlength=n_codes)


def _share(counts: np.ndarray, code: int) -> str:
    return f"{counts[code] / counts.sum():.6f}" if counts.sum() else ""


def _refuse_empty(
    pixels: Mapping[str, np.ndarray], classes: Sequence[MapClass], n_images: int, where: str
) -> None:
    for split, part in (("all", "any"), ("train", "a training region of any")):
        empty = [
            f"{one.name} (value {', '.join(map(str, one.values))})"
            for one, count in zip(classes, pixels[split], strict=True)
            if not count
        ]
        if empty:
            raise UserError(
                where=f"{where}.classes",
                expected=f"classes that {part} of the {n_images} label maps has",
                found=f"no pixel of {'; '.join(empty)}",
                fix="correct their values, leave them out, or put an image that has them into"
                " training (`split` in samples.tsv)",
            )
