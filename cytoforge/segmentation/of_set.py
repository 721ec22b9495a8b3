"""Segment all images of a set in one job."""

from collections.abc import Mapping
from pathlib import Path

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import NoCellsError, UserError
from cytoforge.images.image import Image
from cytoforge.images.ome import read_image
from cytoforge.images.set_manifest import read_manifest
from cytoforge.jobs.csv_file import read_csv, write_csv
from cytoforge.jobs.provenance import sha256_file
from cytoforge.segmentation.channels import missing_channels
from cytoforge.segmentation.registry import NONE_FOUND, segment, segment_like
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.segmentation_file import read_segmentation, write_segmentation

COLUMNS = ["name", "status", "sha256"]
OK = "ok"


def segment_set(
    manifest: str | Path,
    sources: Mapping[str, Path],
    config: SegmentationBase,
    output: str | Path,
) -> None:
    """Write `{name}.ome.tif` of every image that can be segmented into a folder, and a table.

    The table, one row per image, lies beside the folder: it changes when a file in it does.

    Parameters
    ----------
    manifest : manifest.csv of the set
    sources : segmentations of the real images that the set was made from, by image name. Their
        diameters are taken: an estimate from a synthetic image could be another one, and would
        move every border. Images without one are segmented by themselves.
    output : the table's path, which is the folder's and `.csv`
    """
    folder, rows = folder_of_table(output), []
    # There where nothing could be segmented, too: it is what the rule makes.
    folder.mkdir(parents=True, exist_ok=True)
    for row in read_manifest(manifest):
        image = read_image(row["image"])
        source = sources.get(row["source"])
        found = _segment(image, read_segmentation(source) if source else None, config)
        if isinstance(found, str):
            rows.append([row["name"], found, ""])
            continue
        path = folder / f"{row['name']}.ome.tif"
        write_segmentation(path, found, image.pixel_size_um)
        rows.append([row["name"], OK, sha256_file(path)])
    write_csv(output, COLUMNS, rows)


def folder_of_table(table: str | Path) -> Path:
    """Return the folder whose files a table beside it lists.

    >>> folder_of_table("segmentation/cells.csv").as_posix()
    'segmentation/cells'
    """
    return Path(table).with_suffix("")


def segmentations_of_set(table: str | Path) -> dict[str, Path | str]:
    """Return, by the image's name, the file that `segment_set` wrote, or why there is none."""
    folder = folder_of_table(table)
    rows = read_csv(table, COLUMNS, "delete it and run again")
    return {
        row["name"]: folder / f"{row['name']}.ome.tif" if row["status"] == OK else row["status"]
        for _, row in rows
    }


def found_nothing(status: str) -> bool:
    """Return whether a status of the table is that of an image in which no cells were found, and
    not of one that the method cannot segment.

    >>> found_nothing("skipped: none in channel 'dna' (64 × 64 px, values 0 to 1)")
    True
    """
    return status.startswith(f"skipped: {NONE_FOUND}")


def _segment(
    image: Image, truth: Segmentation | None, config: SegmentationBase
) -> Segmentation | str:
    """Return the segmentation, or why this method cannot segment the image."""
    if config.method == "labels":
        return "skipped: segmentation `labels` reads label images and cannot segment new images"
    if missing := missing_channels(image, config):
        return f"skipped: segmented by {', '.join(missing)}, which these images do not have"
    try:
        return segment(image, config) if truth is None else segment_like(image, truth, config)
    except NoCellsError as error:
        return f"skipped: {error.found}"
    except UserError as error:
        return f"skipped: {error.found}. {error.fix}"
