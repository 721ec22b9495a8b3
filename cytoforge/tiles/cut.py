"""Cut the tiles of one image after the other, one .npy file per plane."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.split.region import SPLITS, Region
from cytoforge.tiles.manifest import TileRow, tile_name
from cytoforge.tiles.npy_rows import NpyRows
from cytoforge.tiles.sample import Placement
from cytoforge.tiles.tile_set import NEIGHBOURS

_INSTANCE_DTYPE = np.dtype(np.uint16)


class TileCutter:
    """Writes each tile to its planned place in the arrays, whatever order the images come in.

    Attributes
    ----------
    dtypes : of each plane
    class_pixels : int64 array of shape (3, n_codes): pixels of each code in each split
    """

    def __init__(
        self,
        paths: Mapping[str, Path],
        placements: Sequence[Placement],
        tile_px: int,
        max_gap_fraction: float,
        n_codes: int,
        has_gap: bool = True,
        min_classes: int = 1,
        unlabelled: Collection[str] = (),
        neighbours: int = 0,
    ) -> None:
        self._paths = paths
        self._plan: dict[str, list[tuple[int, Region, int, int]]] = defaultdict(list)
        index = 0
        for placement in placements:
            for row, col in placement.origins:
                self._plan[placement.region.image].append((index, placement.region, row, col))
                index += 1
        self._n, self._side = index, tile_px
        self._max_gap_fraction, self._has_gap = max_gap_fraction, has_gap
        self._min_classes, self._neighbours = min_classes, neighbours
        self._unlabelled = frozenset(unlabelled)
        self._rows: dict[int, TileRow] = {}
        self._files: dict[str, NpyRows] = {}
        self.dtypes: dict[str, np.dtype[Any]] = {
            "labels": np.dtype(np.uint8),
            "instances": _INSTANCE_DTYPE,
            NEIGHBOURS: np.dtype(np.uint8),
        }
        self.class_pixels = np.zeros((len(SPLITS), n_codes), dtype=np.int64)

    def cut(self, image: Image, maps: Mapping[str, np.ndarray]) -> None:
        """Write the tiles of an image and of its maps, but for training tiles with too much gap
        and those with too few classes; of an unlabelled image all, and no pixel has a class.

        maps : `labels` and `instances`, (Y, X) each, and `neighbours` (2n, Y, X) where there are
        """
        files = self._files or self._open(image)
        side = self._side
        for index, region, row, col in self._plan[image.name]:
            box = np.s_[row : row + side, col : col + side]
            codes = maps["labels"][box]
            counts = np.bincount(codes.ravel(), minlength=self.class_pixels.shape[1])
            gap = round(float(counts[0]) / side**2, 6) if self._has_gap else 0.0
            if region.split == "train" and gap > self._max_gap_fraction:
                continue
            if image.name in self._unlabelled:
                counts[:] = 0
            elif np.count_nonzero(counts) < self._min_classes:
                continue
            name = tile_name(image.name, row, col)
            files["labels"].write(index, codes)
            files["instances"].write(index, renumbered(maps["instances"][box], name))
            if NEIGHBOURS in files:
                files[NEIGHBOURS].write(index, maps[NEIGHBOURS][:, *box])
            stored = files["images"].write(index, image.pixels[:, *box])
            self._rows[index] = TileRow(
                name=name,
                image=image.name,
                row=row,
                col=col,
                split=region.split,
                group=region.group,
                gap_fraction=gap,
                sha256=hashlib.sha256(stored).hexdigest(),
            )
            self.class_pixels[SPLITS.index(region.split)] += counts

    def finish(self) -> list[TileRow]:
        """Close the holes that left-out tiles made; return the manifest's rows."""
        kept = sorted(self._rows)
        for file in self._files.values():
            file.keep(kept)
        return [self._rows[index] for index in kept]

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def _open(self, image: Image) -> dict[str, NpyRows]:
        side = self._side
        self.dtypes["images"] = image.pixels.dtype
        first = {"images": (len(image.channels),), NEIGHBOURS: (2 * self._neighbours,)}
        for name, path in self._paths.items():
            shape = (*first.get(name, ()), side, side)
            self._files[name] = NpyRows(path, self._n, shape, self.dtypes[name])
        return self._files


def renumbered(instances: np.ndarray, tile: str) -> np.ndarray:
    """Return ids 1, 2, … in the order of the given ones, uint16 (T, T); 0 stays 0.

    A table of all ids up to the highest is 20 times faster than sorting the tile's pixels.
    """
    present = np.zeros(int(instances.max()) + 1, dtype=bool)
    present[instances] = True
    present[0] = False
    n, most = int(present.sum()), np.iinfo(_INSTANCE_DTYPE).max
    if n > most:
        raise UserError(
            f"tile {tile}", f"at most {most} cells", f"{n}", "lower tile_px of the data set"
        )
    numbers: np.ndarray = np.cumsum(present, dtype=np.int64) * present
    return numbers.astype(_INSTANCE_DTYPE)[instances]
