"""Whether the generator returns its training tiles.

A patch that was copied resembles a training tile more than any tile that was held out; one that was
not resembles both alike. So each patch is its own measure: however far a generator's style is from
real images, it is as far from both. Distances are sqrt(2 - 2 r) of correlations r of the patches'
layouts (`patch_layout`), and what is judged is (distance to training) / (distance to held-out).

Real held-out patches say how small that ratio gets by chance. Copies are planted to see whether
they would be noticed: training tiles, with the difference that this generator has left between the
real test patches and its own. Where those are not noticed, nothing can be said.

Measured on the shipped images, 42 patches, of which chance makes 2 near: all 42 training tiles with
3 % noise or blurred by SD 2 px are near, 39 shifted by 8 px, 3 by 32 px; all 42 that a generator
renders of its training maps, and 3 of those that it renders of test maps.
"""

import numpy as np
import pandas as pd
from scipy import stats

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.pairs import Patches
from cytoforge.metrics.patch_layout import (
    PLACES,
    Alike,
    most_alike,
    overlap,
    pieces,
    pieces_ids,
    reduced,
)
from cytoforge.metrics.verdicts import NEAR, Verdict
from cytoforge.seeds import generator
from cytoforge.split.region import Split
from cytoforge.tiles.tile_set import TileSet

TILES_AT_ONCE = 64
SURE = 0.99
FEWEST = 20  # patches for a 5 % quantile
PLANTED = "planted"
CANNOT = "cannot be answered"
COLUMNS = [
    *("series", "image", "row", "col", "ratio", "correlation", "held_out_correlation"),
    *("train_image", "train_row", "train_col", "symmetry", "status"),
]


def memorisation_table(
    sides: dict[str, Patches], tiles: TileSet, config: MetricsConfig, seed: int
) -> pd.DataFrame:
    """Return how much more each patch resembles a training tile than a held-out one: one row per
    patch of "generator", "real" and "planted".

    Training tiles are all of the train split, held out are those of val and the real test patches,
    cut to the smaller of tile and test patch; at most `config.memorisation_patches` of each (drawn
    by seed). Not compared are held-out patches that share pixels with the asked one, or that are of
    its image unless training has that image too: what makes an image look like itself would be
    taken for the opposite of copying.

    Columns: series, image, row, col, ratio (below 1: nearer to training), correlation with the most
    alike training tile, held_out_correlation, train_image, train_row, train_col, symmetry (how the
    patch had to be turned), status.
    """
    patch_px = sides["real"].unit.shape[-1]
    side_px = min(tiles.info["tile_px"], patch_px)
    where = pieces_ids(sides["real"].ids, patch_px, side_px)
    real, made = (reduced(pieces(sides[s].unit, side_px)) for s in ("real", "generator"))
    train_at, train = _of_split(tiles, "train", side_px, config, seed)
    val_at, val = _of_split(tiles, "val", side_px, config, seed)
    held_at, held = pd.concat([val_at, where], ignore_index=True), np.concatenate([val, real])
    random = generator(seed, "metrics", "memorisation", PLANTED)
    chosen = random.choice(len(train), len(real), replace=len(real) > len(train))
    copies = train[chosen] + made - real
    planted_at = train_at.iloc[chosen].reset_index(drop=True)
    tables = []
    for name, at, small in (
        ("generator", where, made),
        ("real", where, real),
        (PLANTED, planted_at, copies),
    ):
        near = most_alike(small, train, np.ones((len(small), len(train)), bool))
        away = most_alike(small, held, _comparable(at, held_at, tiles, side_px))
        tables.append(_rows(name, at, near, away, train_at))
    return pd.concat(tables, ignore_index=True).reindex(columns=COLUMNS)


def memorisation_verdict(table: pd.DataFrame) -> Verdict:
    """Say whether more synthetic patches than chance are as near to a training tile as the nearest
    5 % of real held-out patches (binomial, 99 %), if planted copies are."""
    name = "copies_no_training_tiles"
    if (asked := table[table["status"] != "ok"]).shape[0]:
        return Verdict(name, None, str(asked["status"].iloc[0]))
    near = near_training(table)
    n = {series: int((table["series"] == series).sum()) for series in ("generator", PLANTED)}
    if n["generator"] < FEWEST:
        return Verdict(name, None, f"needs {FEWEST} test patches, found {n['generator']}")
    counts = near.groupby(table["series"]).sum()
    most = stats.binom.ppf(SURE, n["generator"], NEAR)
    planted = f"{counts[PLANTED]} of {n[PLANTED]} planted copies"
    if counts[PLANTED] <= most:
        return Verdict(name, None, f"{CANNOT}: only {planted} would be noticed in its style")
    text = (
        f"{counts['generator']} of {n['generator']} synthetic patches are as near to a training"
        f" tile as the nearest {NEAR:.0%} of real held-out patches; so are {planted}"
    )
    return Verdict(name, bool(counts["generator"] <= most), text)


def near_training(table: pd.DataFrame) -> pd.Series:
    """Return of each row whether its ratio is below the 5 % quantile of real held-out patches."""
    limit = table.loc[table["series"] == "real", "ratio"].quantile(NEAR)
    return table["ratio"] < limit


def _comparable(
    at: pd.DataFrame, held_at: pd.DataFrame, tiles: TileSet, side_px: int
) -> np.ndarray:
    """Return which held-out patches a patch may be compared with, (patches, held-out)."""
    groups = {row.image: row.group for row in tiles.manifest}
    trained = {row.group for row in tiles.manifest if row.split == "train"}

    def group(table: pd.DataFrame) -> np.ndarray:
        return np.array([groups.get(image, image) for image in table["image"]], str)

    own, others = group(at), group(held_at)
    known = np.isin(own, sorted(trained))
    return ~overlap(at, held_at, side_px) & (known[:, None] | (own[:, None] != others))


def _rows(
    series: str, at: pd.DataFrame, near: Alike, away: Alike, train_at: pd.DataFrame
) -> pd.DataFrame:
    far = np.sqrt(2 - 2 * np.minimum(away.correlation, 1))
    close = np.sqrt(2 - 2 * np.minimum(near.correlation, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = close / far  # two exact copies, 0 / 0, are no ratio
    none = away.symmetry == ""
    found = train_at.iloc[near.index].add_prefix("train_").reset_index(drop=True)
    return pd.concat([at, found], axis=1).assign(
        series=series,
        ratio=ratio,
        correlation=near.correlation,
        held_out_correlation=away.correlation,
        symmetry=near.symmetry,
        status=np.where(none, f"{CANNOT}: no held-out image to compare with", "ok"),
    )


def _of_split(
    tiles: TileSet, split: Split, side_px: int, config: MetricsConfig, seed: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return positions of a split's patches and what is left of them, some tiles in memory at a
    time."""
    indices, tile_px = tiles.indices(split), tiles.info["tile_px"]
    rows = [
        (tiles.manifest[i].image, tiles.manifest[i].row, tiles.manifest[i].col) for i in indices
    ]
    ids = pieces_ids(pd.DataFrame(rows, columns=["image", "row", "col"]), tile_px, side_px)
    parts = [
        reduced(pieces(tiles.unit(indices[start : start + TILES_AT_ONCE]), side_px))
        for start in range(0, len(indices), TILES_AT_ONCE)
    ]
    none = np.empty((0, len(tiles.info["channels"]), PLACES, PLACES))
    small = np.concatenate([none, *parts])
    if len(ids) <= config.memorisation_patches:
        return ids, small
    random = generator(seed, "metrics", "memorisation", split)
    wanted = np.sort(random.choice(len(ids), config.memorisation_patches, replace=False))
    return ids.iloc[wanted].reset_index(drop=True), small[wanted]
