"""Whether the generator returns its training tiles: how near the nearest one is, in feature space.

Real held-out patches of the same positions show how near a generator may come that copies nothing.
Measured on the shipped images: an exact copy, also turned or flipped, lies at distance 0; a copy
blurred by SD 1 px, or shifted by 8 px, is still distinguished from real held-out patches (65 % and
85 % lie below their 5 % quantile), one blurred by 1.5 px or shifted by 32 px is not.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy import stats
from torch.nn.functional import avg_pool2d

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.pairs import Patches
from cytoforge.metrics.verdicts import NEAR, Verdict
from cytoforge.pretrained.features import vgg16_features
from cytoforge.pretrained.lpips import Lpips
from cytoforge.pretrained.weights import Missing
from cytoforge.seeds import generator
from cytoforge.tiles.tile_set import TileSet

# Patches are averaged to about this side: four times quicker than 128 px, and copies are told by
# what is where, not by fine texture.
VIEW_PX = 64
BATCH = 8  # patches; larger ones gained nothing
TILES_AT_ONCE = 64
SURE = 0.99
FEWEST = 20  # patches for a 5 % quantile
# Training turns and flips tiles: a copy may come back in any of the eight symmetries of a square.
SYMMETRIES = tuple((turns, flipped) for flipped in (False, True) for turns in range(4))
COLUMNS = [
    *("series", "image", "row", "col", "distance"),
    *("train_image", "train_row", "train_col", "symmetry", "status"),
]


Features = Callable[[np.ndarray], np.ndarray]
"""Unit patches (n, C, P, P) -> feature vectors, float64 (n, d)."""


@dataclass(frozen=True)
class PatchFeatures:
    """The features used for the VGG16 Fréchet distance, of patches averaged to about 64 px."""

    lpips: Lpips
    rgb: bool
    device: torch.device

    def __call__(self, unit: np.ndarray) -> np.ndarray:
        """Map unit patches (n, C, P, P) to float64 (n, d)."""
        factor = max(1, unit.shape[-1] // VIEW_PX)
        parts = []
        for start in range(0, len(unit), BATCH):
            batch = np.ascontiguousarray(unit[start : start + BATCH])
            view = avg_pool2d(torch.from_numpy(batch).to(self.device), factor)
            features = vgg16_features(self.lpips.stages(view, self.rgb), len(batch))
            parts.append(features.double().cpu().numpy())
        return np.concatenate(parts)


def memorisation_table(
    sides: dict[str, Patches],
    tiles: TileSet,
    features: Features | Missing,
    config: MetricsConfig,
    seed: int,
) -> pd.DataFrame:
    """Return the nearest training patch of every test patch: one row per series and patch.

    Training patches are all train tiles, cut to the smaller of tile and test patch, at most
    `config.memorisation_patches` of them (drawn by seed). Test patches are compared in all eight
    symmetries of the square, real ones alike.

    Columns: series, image, row, col, distance (Euclidean), train_image, train_row, train_col,
    symmetry (how the test patch had to be turned), status.
    """
    if isinstance(features, Missing):
        rows = [{"series": name, "status": str(features)} for name in sides]
        return pd.DataFrame(rows).reindex(columns=COLUMNS)
    side_px = min(tiles.info["tile_px"], next(iter(sides.values())).unit.shape[-1])
    ids, train = _train_features(tiles, side_px, features, config, seed)
    tables = []
    for name, patches in sides.items():
        table = pieces_ids(patches.ids, patches.unit.shape[-1], side_px)
        nearest = nearest_in_any_symmetry(pieces(patches.unit, side_px), train, features)
        found = ids.iloc[nearest.index].add_prefix("train_").reset_index(drop=True)
        table = pd.concat([table, found], axis=1).assign(
            series=name, distance=nearest.distance, symmetry=nearest.symmetry, status="ok"
        )
        tables.append(table)
    return pd.concat(tables, ignore_index=True).reindex(columns=COLUMNS)


def memorisation_verdict(table: pd.DataFrame) -> Verdict:
    """Say whether more synthetic patches than chance lie as near to a training tile as the nearest
    5 % of real held-out patches do (binomial, 99 %)."""
    name = "copies_no_training_tiles"
    if (skipped := table[table["status"] != "ok"]).shape[0]:
        return Verdict(name, None, str(skipped["status"].iloc[0]))
    ours = table.loc[table["series"] == "generator", "distance"].to_numpy(float)
    real = table.loc[table["series"] == "real", "distance"].to_numpy(float)
    if min(len(ours), len(real)) < FEWEST:
        return Verdict(name, None, f"needs {FEWEST} test patches, found {len(ours)}")
    near = int((ours < np.quantile(real, NEAR)).sum())
    text = (
        f"{near} of {len(ours)} synthetic patches are nearer to a training tile than the nearest"
        f" {NEAR:.0%} of real held-out patches; median distance {np.median(ours):.3g},"
        f" real {np.median(real):.3g}"
    )
    return Verdict(name, bool(near <= stats.binom.ppf(SURE, len(ours), NEAR)), text)


@dataclass(frozen=True)
class Nearest:
    """For each patch: distance to and index of the nearest training patch, and the symmetry."""

    distance: np.ndarray
    index: np.ndarray
    symmetry: np.ndarray


def nearest_in_any_symmetry(unit: np.ndarray, train: np.ndarray, features: Features) -> Nearest:
    """Find for each patch (n, C, P, P) the nearest row of `train` (m, d) in any symmetry."""
    n = len(unit)
    best = Nearest(np.full(n, np.inf), np.zeros(n, np.intp), np.full(n, "", object))
    for turns, flipped in SYMMETRIES:
        view = np.rot90(unit, turns, (-2, -1))
        distance, index = nearest_rows(features(view[..., ::-1] if flipped else view), train)
        closer = distance < best.distance
        best.distance[closer], best.index[closer] = distance[closer], index[closer]
        best.symmetry[closer] = f"{90 * turns}°" + (", flipped" if flipped else "")
    return best


def nearest_rows(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row of `a` (n, d) how far the nearest row of `b` (m, d) is, and which.

    >>> distance, index = nearest_rows(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [6.0, 8.0]]))
    >>> distance.tolist(), index.tolist()
    ([5.0], [0])
    """
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    index = squares.argmin(1)
    # Again from the difference: the expanded form leaves equal rows about 1e-6 apart.
    return np.sqrt(((a - b[index]) ** 2).sum(1)), index


def pieces(unit: np.ndarray, side_px: int) -> np.ndarray:
    """Cut patches (n, C, P, P) into a grid without overlap: (n * k², C, side, side)."""
    n, channels, side = unit.shape[:3]
    k = side // side_px
    grid = unit[..., : k * side_px, : k * side_px].reshape(n, channels, k, side_px, k, side_px)
    return grid.transpose(0, 2, 4, 1, 3, 5).reshape(n * k * k, channels, side_px, side_px)


def pieces_ids(ids: pd.DataFrame, patch_px: int, side_px: int) -> pd.DataFrame:
    """Return the positions (image, row, col) of `pieces`, in their order."""
    k = patch_px // side_px
    table = ids[["image", "row", "col"]].loc[ids.index.repeat(k * k)].reset_index(drop=True)
    down, across = np.divmod(np.tile(np.arange(k * k), len(ids)), k)
    return table.assign(row=table["row"] + down * side_px, col=table["col"] + across * side_px)


def _train_features(
    tiles: TileSet, side_px: int, features: Features, config: MetricsConfig, seed: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return positions and features of the training patches, some tiles in memory at a time."""
    indices, tile_px = tiles.indices("train"), tiles.info["tile_px"]
    rows = [
        (tiles.manifest[i].image, tiles.manifest[i].row, tiles.manifest[i].col) for i in indices
    ]
    ids = pieces_ids(pd.DataFrame(rows, columns=["image", "row", "col"]), tile_px, side_px)
    wanted, a_tile = np.arange(len(ids)), len(ids) // len(indices)
    if len(ids) > config.memorisation_patches:
        random = generator(seed, "metrics", "memorisation")
        wanted = np.sort(random.choice(len(ids), config.memorisation_patches, replace=False))
    parts = []
    for start in range(0, len(indices), TILES_AT_ONCE):
        first, last = start * a_tile, (start + TILES_AT_ONCE) * a_tile
        mine = wanted[(wanted >= first) & (wanted < last)] - first
        if len(mine):
            unit = tiles.unit(indices[start : start + TILES_AT_ONCE])
            parts.append(features(pieces(unit, side_px)[mine]))
    return ids.iloc[wanted].reset_index(drop=True), np.concatenate(parts)
