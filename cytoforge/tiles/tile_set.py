"""A tile data set as training and synthesis read it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import to_unit
from cytoforge.references.codes import Code, codes_from_rows
from cytoforge.split.region import Split
from cytoforge.tiles.manifest import TileRow, read_manifest

ARRAYS = ("images", "labels", "instances")


class PlacementInfo(TypedDict):
    """How many tiles one region was asked for (None: as many as fit) and gave."""

    image: str
    split: str
    method: str
    asked: int | None
    obtained: int
    left_out_for_gap: int


class DatasetInfo(TypedDict):
    """The content of dataset.json.

    `ranges` holds [low, high, method] a channel for each image; `class_pixels` the number of
    pixels of each code in each split, in the order of `codes`.
    """

    tile_px: int
    channels: list[str]
    dtype: str
    codes: list[dict[str, Any]]
    ranges: dict[str, list[list[Any]]]
    pixel_size_um: dict[str, float | None]
    class_pixels: dict[str, list[int]]
    placements: list[PlacementInfo]


@dataclass(frozen=True)
class TileSet:
    """Tiles of all splits, train first, then val, then test.

    Attributes
    ----------
    images : memory map of shape (N, C, T, T) with the raw values of the source images
    labels : memory map of shape (N, T, T) and dtype uint8
    instances : memory map of shape (N, T, T) and dtype uint16: cells numbered from 1 in each tile,
        0 where there is none
    manifest : one row a tile, in the order of the arrays
    info : dataset.json
    """

    images: np.ndarray
    labels: np.ndarray
    instances: np.ndarray
    manifest: list[TileRow]
    info: DatasetInfo

    @property
    def codes(self) -> tuple[Code, ...]:
        """The code table of the labels."""
        return codes_from_rows(self.info["codes"])

    def indices(self, split: Split) -> np.ndarray:
        """Return the indices of one split's tiles, rising."""
        return np.flatnonzero([row.split == split for row in self.manifest])

    def ranges(self, image: str) -> tuple[ChannelRange, ...]:
        """Return the recorded normalisation of one source image."""
        return tuple(
            ChannelRange(low, high, method) for low, high, method in self.info["ranges"][image]
        )

    def unit(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return tiles scaled by their images' ranges: float32 (n, C, T, T) in [0, 1]."""
        indices = np.asarray(indices, dtype=np.intp)
        n, (channels, side, _) = len(indices), self.images.shape[1:]
        unit = np.empty((n, channels, side, side), dtype=np.float32)
        sources = np.array([self.manifest[i].image for i in indices])
        for source in np.unique(sources):
            mine = np.flatnonzero(sources == source)
            # One tall picture an image, so that the scaling is the image room's own.
            tall = self.images[indices[mine]].swapaxes(0, 1).reshape(channels, -1, side)
            image = Image(str(source), tall, tuple(self.info["channels"]), self.ranges(source))
            tiles = to_unit(image).reshape(channels, len(mine), side, side)
            unit[mine] = tiles.swapaxes(0, 1)
        return unit


def read_tiles(folder: str | Path) -> TileSet:
    """Open the data set in `folder`; arrays are memory-mapped, read-only.

    Raises UserError when a file is missing, as instances.npy in data sets made before tiles had
    instance labels, or when the files do not belong together.
    """
    folder = Path(folder)
    for name in (*(f"{array}.npy" for array in ARRAYS), "manifest.csv", "dataset.json"):
        if not (folder / name).is_file():
            raise UserError(
                str(folder), f"a data set with {name}", "no such file", "make the tiles again"
            )
    info: DatasetInfo = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    manifest = read_manifest(folder / "manifest.csv")
    arrays = [
        np.load(folder / f"{array}.npy", mmap_mode="r", allow_pickle=False) for array in ARRAYS
    ]
    n, side = len(manifest), info["tile_px"]
    shapes = [(n, len(info["channels"]), side, side), (n, side, side), (n, side, side)]
    if [array.shape for array in arrays] != shapes:
        raise UserError(
            str(folder),
            f"{_listed(shapes)}, as manifest and dataset.json say",
            _listed([array.shape for array in arrays]),
            "delete the folder and make the tiles again",
        )
    images, labels, instances = arrays
    return TileSet(images, labels, instances, manifest, info)


def _listed(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(f"{array} {shape}" for array, shape in zip(ARRAYS, shapes, strict=True))
