"""What is scored: patches of the test regions, and unrelated train patches to hold them against."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cytoforge.config.metrics import MetricsConfig
from cytoforge.errors import UserError
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.metrics.pairs import Patches
from cytoforge.seeds import generator
from cytoforge.split.region import Region, Split

ID_COLUMNS = ["image", "row", "col", "group"]


def patch_ids(
    regions: Iterable[Region], split: Split, images: Iterable[str], patch_px: int
) -> pd.DataFrame:
    """Return the positions of the patches on a grid from the corner of each region, without
    overlap.

    Columns image, row, col, group (what the split keeps together). Only regions of `split` in
    `images`; what does not fill a patch is left out.
    """
    allowed = set(images)
    rows = [
        (region.image, row, col, region.group)
        for region in sorted(regions, key=lambda r: (r.image, r.row0, r.col0))
        if region.split == split and region.image in allowed
        for row in range(region.row0, region.row1 - patch_px + 1, patch_px)
        for col in range(region.col0, region.col1 - patch_px + 1, patch_px)
    ]
    return pd.DataFrame(rows, columns=ID_COLUMNS)


def limited(ids: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    """Return at most so many of the patches: a random but seeded choice, in their old order."""
    if len(ids) <= most:
        return ids
    chosen = generator(seed, "metrics", "patches").choice(len(ids), most, replace=False)
    return ids.iloc[np.sort(chosen)].reset_index(drop=True)


def partners(train: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Return n unrelated train patches in a seeded random order; repeated only if too few."""
    order = generator(seed, "metrics", "real_vs_real").permutation(len(train))
    return train.iloc[np.resize(order, n)].reset_index(drop=True)


def chosen_patches(
    regions: Iterable[Region],
    scored: Iterable[str],
    real: Iterable[str],
    config: MetricsConfig,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the test patches of images `scored` and as many train patches of images `real` to hold
    them against.

    Raises UserError where a split has no region as large as a patch.
    """
    regions, images = list(regions), {"test": set(scored), "train": set(real)}
    test = patch_ids(regions, "test", images["test"], config.patch_px)
    train = patch_ids(regions, "train", images["train"], config.patch_px)
    for split, ids in (("test", test), ("train", train)):
        if ids.empty:
            raise UserError(
                "metrics.patch_px",
                f"a {split} region of at least {config.patch_px}×{config.patch_px} px "
                f"among {len(images[split])} images",
                "none",
                "make patch_px smaller, or give the split more images",
            )
    test = limited(test, config.max_patches, seed)
    return test, partners(train, len(test), seed)


def cut(unit: np.ndarray, ids: pd.DataFrame, patch_px: int) -> np.ndarray:
    """Cut the patches of one image (C, Y, X), or label map (Y, X): (n, ..., P, P)."""
    return np.stack(
        [
            unit[..., row : row + patch_px, col : col + patch_px]
            for row, col in zip(ids["row"], ids["col"], strict=True)
        ]
    )


def read_patches(
    paths: Mapping[str, Path],
    ids: pd.DataFrame,
    patch_px: int,
    channels: Sequence[str] | None = None,
) -> Patches:
    """Read canonical images and cut the patches `ids`, kept in order; each image is read once.

    channels : those that are kept; None: all
    """
    unit: np.ndarray | None = None
    for name, rows in ids.groupby("image").indices.items():
        image = read_image(paths[str(name)]).with_channels(channels)
        parts = cut(to_unit(image), ids.iloc[rows], patch_px)
        if unit is None:
            unit = np.empty((len(ids), *parts.shape[1:]), np.float32)
        unit[rows] = parts
    if unit is None:
        raise ValueError("no patches to read")
    return Patches(ids, unit)
