"""A tile data set as training and synthesis read it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.normalise import to_unit
from cytoforge.references.codes import Code, codes_from_rows
from cytoforge.split.region import Split
from cytoforge.tiles.manifest import TileRow, read_manifest

PLANES = {"images": "image", "labels": "labels", "instances": "instances"}
"""What is cut from every image: the kind of each plane by its name, which is that of its file."""
NEIGHBOURS = "neighbours"
"""A further plane and its kind: label maps of the slices around, `datasets.*.neighbours`."""


class PlaneInfo(TypedDict):
    """What one array of a data set holds: an `image` (N, C, T, T), `labels` or `instances`
    (N, T, T), or `neighbours` (N, 2n, T, T)."""

    kind: str
    dtype: str


class PlacementInfo(TypedDict):
    """How many tiles one region was asked for (None: as many as fit) and gave."""

    image: str
    split: str
    method: str
    asked: int | None
    obtained: int
    left_out: int


class DatasetInfo(TypedDict):
    """The content of dataset.json.

    `planes` lists the arrays, each a file of its name; `ranges` holds [low, high, method] per
    channel for each image; `class_pixels` the number of
    pixels of each code in each split, in the order of `codes`.
    """

    planes: dict[str, PlaneInfo]
    tile_px: int
    channels: list[str]
    dtype: str
    codes: list[dict[str, Any]]
    ranges: dict[str, list[list[Any]]]
    pixel_size_um: dict[str, float | None]
    class_pixels: dict[str, list[int]]
    placements: list[PlacementInfo]
    neighbours: NotRequired[int]


@dataclass(frozen=True)
class TileSet:
    """Tiles of all splits, train first, then val, then test.

    Attributes
    ----------
    planes : memory maps by name: `images` (N, C, T, T) with the raw values of the source images,
        `labels` uint8 (N, T, T), `instances` uint16 (N, T, T): cells numbered from 1 in each tile,
        0 where there is none; `neighbours` uint8 (N, 2n, T, T) where the data set has them
    manifest : one row per tile, in the order of the arrays
    info : dataset.json
    """

    planes: Mapping[str, np.ndarray]
    manifest: list[TileRow]
    info: DatasetInfo

    def __getitem__(self, plane: str) -> np.ndarray:
        """Return a plane of all tiles."""
        return self.planes[plane]

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
        n, (channels, side, _) = len(indices), self["images"].shape[1:]
        unit = np.empty((n, channels, side, side), dtype=np.float32)
        sources = np.array([self.manifest[i].image for i in indices])
        for source in np.unique(sources):
            mine = np.flatnonzero(sources == source)
            # One tall picture per image, so that the scaling is the image room's own.
            tall = self["images"][indices[mine]].swapaxes(0, 1).reshape(channels, -1, side)
            image = Image(str(source), tall, tuple(self.info["channels"]), self.ranges(source))
            tiles = to_unit(image).reshape(channels, len(mine), side, side)
            unit[mine] = tiles.swapaxes(0, 1)
        return unit

    def arrays(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        """Return all planes of some tiles in memory; images as `unit` scales them."""
        return {
            name: self.unit(indices)
            if self.info["planes"][name]["kind"] == "image"
            else np.ascontiguousarray(plane[indices])
            for name, plane in self.planes.items()
        }


def read_tiles(folder: str | Path) -> TileSet:
    """Open the data set in `folder`; arrays are memory-mapped, read-only.

    Raises UserError when a file is missing, when the data set is of an earlier version, or when
    the files do not belong together.
    """
    folder = Path(folder)
    for name in ("manifest.csv", "dataset.json"):
        _require(folder, name)
    info: DatasetInfo = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    listed = info.get("planes")
    if not isinstance(listed, dict) or not all(map(str.isidentifier, listed)) or not listed:
        raise UserError(
            str(folder / "dataset.json"),
            "the names of the data set's planes",
            f"{listed!r:.80}",
            "make the tiles again",
        )
    planes = {}
    for plane in info["planes"]:
        _require(folder, f"{plane}.npy")
        planes[plane] = np.load(folder / f"{plane}.npy", mmap_mode="r", allow_pickle=False)
    manifest = read_manifest(folder / "manifest.csv")
    n, side = len(manifest), info["tile_px"]
    of_kind = {"image": (len(info["channels"]),), NEIGHBOURS: (2 * info.get("neighbours", 0),)}
    shapes = {
        name: (n, *of_kind.get(plane["kind"], ()), side, side)
        for name, plane in info["planes"].items()
    }
    found = {name: plane.shape for name, plane in planes.items()}
    if found != shapes:
        raise UserError(
            str(folder),
            f"{_listed(shapes)}, as manifest and dataset.json say",
            _listed(found),
            "delete the folder and make the tiles again",
        )
    return TileSet(planes, manifest, info)


def _require(folder: Path, name: str) -> None:
    if not (folder / name).is_file():
        raise UserError(
            str(folder), f"a data set with {name}", "no such file", "make the tiles again"
        )


def _listed(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{plane} {shape}" for plane, shape in shapes.items())
