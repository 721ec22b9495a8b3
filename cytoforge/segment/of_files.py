"""Segment files one by one: label TIFFs and overlays for the eye and for other programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import tifffile

from cytoforge.config.images import NormalisationConfig
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import NoCellsError, UserError
from cytoforge.images.image import Image
from cytoforge.images.picture import write_png
from cytoforge.images.shading import even_image
from cytoforge.images.whole_file import images_of_file
from cytoforge.jobs.atomic import atomic_path
from cytoforge.jobs.csv_file import write_csv
from cytoforge.segmentation.checks import kind
from cytoforge.segmentation.object_files import write_objects
from cytoforge.segmentation.overlay import overlay
from cytoforge.segmentation.registry import segment
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.tally import Tally, tallies

TABLE = "segmentations.csv"
COLUMNS = ["file", "image", "method", "object", "count", "median_diameter_px", "cover"]


@dataclass(frozen=True)
class Segmented:
    """What was found in an image of a file; no tallies where nothing was, and then why; and what
    speaks against the method, "" where nothing does."""

    file: str
    image: str
    method: str
    tallies: Sequence[Tally] = ()
    failed: str = ""
    doubt: str = ""


def segment_files(
    files: Sequence[str],
    config: SegmentationBase,
    folder: str | Path,
    shading: Literal["none", "per_image"] = "none",
) -> Iterator[Segmented]:
    """Segment every image of every file and yield what was found, as it is found.

    Writes into the folder `<image>_<object>.tif` (integer labels, 0: none; masks are 0 and 255),
    `<image>.png` (outlines laid over the image), `<image>_objects.csv`, `.json` and `.geojson`
    (for other programs, see `object_files`) and, at the end, segmentations.csv.

    shading : `per_image` takes each image's own uneven light away before it is segmented

    A file that cannot be read, or an image that the settings do not fit, is yielded as failed; the
    others go on, and the table names those that were segmented.
    """
    folder = Path(folder)
    done: list[Segmented] = []
    owners: dict[str, str] = {}
    try:
        for file in files:
            for one in _of_file(file, config, folder, shading, owners):
                done.append(one)
                yield one
    finally:
        rows = [
            [one.file, one.image, one.method, t.name, t.count, t.median_px, t.cover]
            for one in done
            for t in one.tallies
        ]
        write_csv(folder / TABLE, COLUMNS, rows)


def _of_file(
    file: str, config: SegmentationBase, folder: Path, shading: str, owners: dict[str, str]
) -> Iterator[Segmented]:
    """Yield what is found in each image of a file; `owners` are the files of names until here."""
    try:
        for image in images_of_file(file):
            other = owners.setdefault(image.name.casefold(), file)
            if other != file:
                failed = f"{other} has results of that name; segment it into another folder"
                yield Segmented(file, image.name, config.method, failed=failed)
                continue
            seen = image if shading == "none" else even_image(image, NormalisationConfig())
            yield _segment_one(file, seen, config, folder)
    except UserError as error:
        yield Segmented(file, Path(file).name, config.method, failed=str(error))


def _segment_one(file: str, image: Image, config: SegmentationBase, folder: Path) -> Segmented:
    try:
        found = segment(image, config)
    except NoCellsError as error:
        return Segmented(file, image.name, config.method, failed=f"{error.found}; {error.fix}")
    write_labels(folder, image.name, found)
    picture = overlay(image, found, config.nuclei_channel, config.cytoplasm_channel)
    write_png(folder / f"{image.name}.png", picture)
    if found.instances:
        files = (folder / f"{image.name}_objects.{end}" for end in ("csv", "json", "geojson"))
        write_objects(found, image.pixel_size_um, *files)
    fits = kind.check(image, found, config)
    doubt = "" if fits.passed else f"{fits.sentence}: {fits.advice}"
    return Segmented(file, image.name, found.method, tallies(found), doubt=doubt)


def write_labels(folder: Path, name: str, found: Segmentation) -> None:
    """Write each plane as a TIFF of its own, the smallest type that holds its labels."""
    for plane, described in found.objects.items():
        array = described.array
        if array.dtype == np.bool_:
            labels = array.astype(np.uint8) * 255
        else:
            labels = array.astype(np.uint16 if array.max() < 2**16 else np.uint32)
        with atomic_path(folder / f"{name}_{plane}.tif") as temporary:
            tifffile.imwrite(temporary, labels, compression="zlib")
