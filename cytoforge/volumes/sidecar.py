"""What stands beside a made volume: NIfTI has no place for where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cytoforge.images.image import Image
from cytoforge.images.nifti_header import NiftiHeader
from cytoforge.images.normalise import WINDOW
from cytoforge.images.volume_grid import grid_of_header
from cytoforge.jobs.atomic import write_json
from cytoforge.jobs.provenance import sha256_file

HU, GREY_VALUES = "HU", "grey values"
"""What values are measured in. Only those of CT have a unit; of MR the grey values are those of the
volumes that were learned from, which are alike in their percentiles alone."""
# Of the manifest's columns, what one slice has for itself; the others are the volume's.
_OF_SLICE = ("name", "source", "seed", "seed_elsewhere", "image_sha256", "labels_sha256")
_LEFT_OUT = ("image", "labels", "seam_ratio", "label_map", "instances", "image_file", *_OF_SLICE)


@dataclass(frozen=True)
class MadeVolume:
    """A volume that was stacked.

    Attributes
    ----------
    name : of its files
    volume, sample : the real volume behind it, and the number of the sample
    grid_file, header : the file that its grid is taken from
    images : file and an image, for its ranges, by channel; empty for label volumes alone
    labels : file of the label volume
    """

    name: str
    volume: str
    sample: int
    grid_file: str
    header: NiftiHeader
    images: Mapping[str, tuple[str, Image]]
    labels: str


def write_sidecar(
    folder: Path, made: MadeVolume, slices: Sequence[tuple[int, Mapping[str, str]]]
) -> None:
    """Write `{name}.json`: grid, grey values, model and seeds.

    slices : number and row of the manifest of each
    """
    first = slices[0][1]
    channels: dict[str, Any] = {}
    for channel, (file, image) in made.images.items():
        (scale,) = image.ranges
        channels[channel] = {
            "file": file,
            "unit": HU if scale.method == WINDOW else GREY_VALUES,
            "low": scale.low,
            "high": scale.high,
            "method": scale.method,
        }
    content = {
        "name": made.name,
        "volume": made.volume,
        "grid": {
            "file": made.grid_file,
            "sha256": sha256_file(made.grid_file),
            "shape": list(made.header.shape[:3]),
            "affine": [list(row) for row in made.header.affine],
            "qform_code": made.header.codes[0],
            "sform_code": made.header.codes[1],
        },
        "channels": channels,
        "labels": made.labels,
        "made_by": {key: text for key, text in first.items() if key not in _LEFT_OUT},
        "slices": [
            {"slice": number, **{key: row[key] for key in _OF_SLICE if key in row}}
            for number, row in slices
        ],
    }
    write_json(folder / f"{made.name}.json", content)


def file_row(folder: Path, made: MadeVolume, axis: str, n_slices: int) -> dict[str, object]:
    """Return the volume's row of the table, with its files' checksums; paths are from the folder
    above."""
    images = [file for file, _ in made.images.values()]
    count = grid_of_header(made.header, made.grid_file).count(axis)
    return {
        "name": made.name,
        "volume": made.volume,
        "sample": made.sample,
        "slices": n_slices,
        "of": count,
        "image": "; ".join(f"{folder.name}/{file}" for file in images),
        "labels": f"{folder.name}/{made.labels}",
        "image_sha256": "; ".join(sha256_file(folder / file) for file in images),
        "labels_sha256": sha256_file(folder / made.labels),
        "sidecar": f"{folder.name}/{made.name}.json",
    }
