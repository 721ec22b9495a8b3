"""The training tiles of a row: real, synthetic, or both in given shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cytoforge.config.utility import UtilityRow
from cytoforge.metrics.utility.labelled_area import covered_px, tiles_of_fraction
from cytoforge.tiles.tile_set import TileSet
from cytoforge.training.data import TrainingData
from cytoforge.training.tile_data import training_data

REAL = "real"


@dataclass(frozen=True)
class RowTiles:
    """data : train tiles of a row, and no val tiles; counts : tiles by kind; real_px : area of the
    real images that is shown, each pixel once."""

    data: TrainingData
    counts: dict[str, int]
    real_px: int


def tiles_of_row(
    row: UtilityRow, kinds: Mapping[str, TileSet], needs: Sequence[str], seed: int
) -> RowTiles:
    """Return what a row learns from.

    Of two kinds of images all tiles are there, and drawn so often that `row.ratio` synthetic tiles
    are shown per real one: in the same number of steps that share is what differs between rows,
    whatever the sizes of the sets are.

    Parameters
    ----------
    kinds : data sets of `cut_tiles_of_kind`: `real` and the row's `other`, those that it uses
    needs : planes that the model learns from and to
    seed : of this training, which draws the fraction of the real tiles
    """
    chosen: dict[str, np.ndarray] = {}
    real_px = 0
    for kind, tiles in kinds.items():
        chosen[kind] = tiles.indices("train")
        if kind == REAL:
            side = tiles.info["tile_px"]
            rows = [tiles.manifest[index] for index in chosen[kind]]
            own = tiles_of_fraction(rows, side, row.real, seed)
            chosen[kind] = chosen[kind][own]
            real_px = covered_px([rows[k] for k in own], side)
    planes = [kinds[kind].arrays(indices) for kind, indices in chosen.items()]
    train = {name: np.concatenate([one[name] for one in planes]) for name in needs}
    counts = {kind: len(indices) for kind, indices in chosen.items()}
    data = replace(
        training_data(next(iter(kinds.values()))),
        train=train,
        val={name: plane[:0] for name, plane in train.items()},
        weights=drawn_as(list(counts.values()), row.ratio),
    )
    return RowTiles(data, counts, real_px)


def drawn_as(counts: Sequence[int], ratio: float) -> dict[str, np.ndarray]:
    """Return how often each tile is drawn, of one kind and then of another, `ratio` times as often;
    nothing of one kind alone, where all are drawn alike.

    >>> drawn_as([1, 2], 3)["images"].tolist()
    [0.25, 0.375, 0.375]
    """
    if len(counts) == 1:
        return {}
    shares = np.array([1.0, ratio]) / (1 + ratio)
    return {"images": np.repeat(shares / np.array(counts), counts)}
