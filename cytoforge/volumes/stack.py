"""Slices of a made set back to volumes, on the grid of the labels that they were made of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.formats.tiff import read_stored
from cytoforge.images.image import Image
from cytoforge.images.nifti_header import NiftiHeader, read_header
from cytoforge.images.normalise import GREY_WINDOW, WINDOW
from cytoforge.images.ome import read_image
from cytoforge.images.set_manifest import read_manifest
from cytoforge.images.volume_grid import VolumeGrid, grid_of_header, slice_view
from cytoforge.jobs.csv_file import write_csv
from cytoforge.volumes.nifti_file import growing, write_nifti
from cytoforge.volumes.sidecar import MadeVolume, file_row, write_sidecar

COLUMNS = [
    "name", "volume", "sample", "slices", "of", "image", "labels", "image_sha256", "labels_sha256",
    "sidecar",
]  # fmt: skip
# Numbers of labels from small to large: a volume is stored in the first type that holds all.
_TYPES = (np.uint8, np.int16, np.int32)


@dataclass(frozen=True)
class Place:
    """Where a slice lies: its volume, the body axis it is counted along, and its number from 1."""

    volume: str
    axis: str
    number: int


@dataclass(frozen=True)
class Member:
    """One made slice: its place, and its row of the set's manifest."""

    place: Place
    row: Mapping[str, str]


def stack_volumes(
    manifest: str | Path,
    places: Mapping[str, Place],
    grids: Mapping[str, str],
    values: Sequence[int] | None,
    folder: Path,
    table: Path,
) -> None:
    """Write `{volume}.nii.gz`, `{volume}_labels.nii.gz` and `{volume}.json` for each volume of
    which the set has slices; further samples are called `{volume}_s1`, of several channels each
    `{volume}_{channel}`.

    Grey values are those of the volumes that the model has learnt from, as int16 without a slope
    where they are Hounsfield units (`normalisation.method: window`), else float32. Slices that the
    set does not have hold the value that becomes 0, and the labels' background. Memory holds one
    slice; a volume grows in a file.

    Parameters
    ----------
    manifest : of the set
    places : of real images that are slices, by name
    grids : a file with the grid of each volume: its label volume
    values : the number in label volumes of each code; None: the codes themselves
    folder : where the volumes are written
    table : a row per volume

    Raises
    ------
    UserError : slices of another size than the grid's
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        [found[column] for column in COLUMNS]
        for found in _stacked(manifest, places, grids, values, folder)
    ]
    write_csv(table, COLUMNS, rows)


def _stacked(
    manifest: str | Path,
    places: Mapping[str, Place],
    grids: Mapping[str, str],
    values: Sequence[int] | None,
    folder: Path,
) -> Iterator[dict[str, object]]:
    for (volume, sample), members in sorted(_volumes(read_manifest(manifest), places).items()):
        name = f"{volume}_s{sample}" if sample else volume
        print(f"stacking {len(members)} slices to {name}")
        header = read_header(grids[volume])
        images = _write_images(folder, name, members, header, grids[volume])
        labels = _write_labels(folder, name, members, header, grids[volume], values)
        made = MadeVolume(name, volume, sample, grids[volume], header, images, labels)
        write_sidecar(folder, made, [(one.place.number, one.row) for one in members])
        yield file_row(folder, made, members[0].place.axis, len(members))


def _volumes(
    rows: Iterable[Mapping[str, str]], places: Mapping[str, Place]
) -> dict[tuple[str, int], list[Member]]:
    """Return the slices of each volume and sample, in their order."""
    found: dict[tuple[str, int], list[Member]] = defaultdict(list)
    for row in rows:
        if place := places.get(row["source"]):
            found[place.volume, int(row.get("sample") or 0)].append(Member(place, row))
    return {key: sorted(all_, key=lambda one: one.place.number) for key, all_ in found.items()}


def _write_images(
    folder: Path, name: str, members: Sequence[Member], header: NiftiHeader, grid_file: str
) -> dict[str, tuple[str, Image]]:
    """Write a volume per channel; return its file and an image for its ranges, by channel."""
    if not members[0].row.get("image"):
        return {}
    first = read_image(members[0].row["image"])
    many, found = len(first.channels) > 1, {}
    for index, channel in enumerate(first.channels):
        low, method = first.ranges[index].low, first.ranges[index].method
        dtype = np.dtype(np.int16 if method in (WINDOW, GREY_WINDOW) else np.float32)
        file = f"{name}_{channel}.nii.gz" if many else f"{name}.nii.gz"
        with growing(folder, header, dtype, low) as volume:
            for one in members:
                image = read_image(one.row["image"])
                _put(volume, one, _as_type(image.channel(channel), dtype), header, grid_file)
            write_nifti(folder / file, volume, header)
        found[channel] = (file, first.only(channel))
    return found


def _as_type(pixels: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return grey values rounded to whole numbers of the type, or as they are."""
    if dtype.kind == "f":
        return pixels
    bounds = np.iinfo(dtype)
    return np.clip(np.rint(pixels), bounds.min, bounds.max)


def _write_labels(
    folder: Path,
    name: str,
    members: Sequence[Member],
    header: NiftiHeader,
    grid_file: str,
    values: Sequence[int] | None,
) -> str:
    """Write the label volume in the user's own numbers; return its file."""
    table = np.array(range(256) if values is None else values)
    bounds = int(table.min()), int(table.max())
    dtype = next(t for t in _TYPES if np.iinfo(t).min <= bounds[0] and bounds[1] <= np.iinfo(t).max)
    # Where there is no slice, 0 if any class has it: nnU-Net's background, and everybody's.
    ground = 0 if 0 in table else int(table[0])
    file = f"{name}_labels.nii.gz"
    with growing(folder, header, np.dtype(dtype), ground) as volume:
        for one in members:
            codes = read_stored(one.row["labels"], float("inf"))
            _put(volume, one, table[codes], header, grid_file)
        write_nifti(folder / file, volume, header)
    return file


def _put(
    volume: np.ndarray, one: Member, pixels: np.ndarray, header: NiftiHeader, grid_file: str
) -> None:
    grid: VolumeGrid = grid_of_header(header, grid_file)
    target = slice_view(volume, grid, one.place.axis, one.place.number)
    if target.shape != pixels.shape:
        raise UserError(
            f"slice {one.row['name']}",
            f"{target.shape[0]} × {target.shape[1]} px, as in {grid_file}",
            f"{pixels.shape[0]} × {pixels.shape[1]} px",
            "make the set again of label maps that are slices of this volume",
        )
    target[...] = pixels
