"""What a generator draws by chance for one sample of a field, the same in every tile.

A sample has one noise vector, each pixel its grain, and each level of each cell one set of
appearance features of those that the feature encoder knows (pix2pixHD). All are drawn by seed, for
the whole field and by the cell's number in it, so tiles that have a cell or a pixel in common agree
on it. Where only a region is resampled, all else keeps its first seed. Slices of a volume share
all but grain, which is theirs as a scanner's noise is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cytoforge.networks.condition import grain_by, noise_vectors
from cytoforge.seeds import derive_seed

Clusters = Mapping[int, np.ndarray]
"""Appearance features to choose from, float32 (K, F), by code."""


@dataclass(frozen=True)
class Draw:
    """Where one sample's chance comes from.

    seed : of noise, appearance features and dropout
    resampled : bool (H, W), or (B, T, T) of its tiles: what `seed` decides; None: everything
    kept_seed : decides all other pixels
    volume_slice : name of the slice of a volume, whose grain differs from the next one's; empty: an
        image by itself
    """

    seed: int
    resampled: np.ndarray | None = None
    kept_seed: int = 0
    volume_slice: str = ""


def noise_of(draw: Draw, n: int, channels: int) -> np.ndarray:
    """Return the noise of `n` tiles, float32 (B, Z), or (B, Z, T, T) where regions differ."""
    new = noise_vectors([draw.seed], channels).numpy()  # (1, Z)
    if draw.resampled is None:
        return np.repeat(new, n, axis=0)
    kept = noise_vectors([draw.kept_seed], channels).numpy()
    return np.where(draw.resampled[:, None], new[:, :, None, None], kept[:, :, None, None])


def grain_of(draw: Draw, channels: int, size: tuple[int, int]) -> np.ndarray:
    """Return the grain of a whole field, float32 (channels, H, W): tiles agree where they overlap,
    and blending them leaves it as it is."""
    new: np.ndarray = grain_by(_seed_of_grain(draw, draw.seed), channels, size).numpy()
    if draw.resampled is None:
        return new
    kept = grain_by(_seed_of_grain(draw, draw.kept_seed), channels, size).numpy()
    return np.where(draw.resampled, new, kept)


def _seed_of_grain(draw: Draw, seed: int) -> int:
    return derive_seed(seed, "slice", draw.volume_slice) if draw.volume_slice else seed


def features_of(
    draw: Draw, clusters: Clusters, labels: np.ndarray, instances: np.ndarray
) -> np.ndarray:
    """Return the appearance features of each level of each cell, float32 (B, F, T, T).

    Outside cells (instance 0) a level has the same ones in the whole field. Codes that training
    never saw have none: zeros.
    """
    keys = instances.astype(np.int64) * 256 + labels  # codes are uint8
    regions, numbers = np.unique(keys, return_inverse=True)
    numbers = numbers.reshape(keys.shape)
    new = _features(draw.seed, clusters, regions)[numbers]  # (B, T, T, F)
    if draw.resampled is not None:
        kept = _features(draw.kept_seed, clusters, regions)[numbers]
        new = np.where(draw.resampled[..., None], new, kept)
    return np.ascontiguousarray(np.moveaxis(new, -1, 1))


def _features(seed: int, clusters: Clusters, regions: np.ndarray) -> np.ndarray:
    """Return the features of each region, float32 (regions, F)."""
    features = next(iter(clusters.values())).shape[1]
    found = np.zeros((len(regions), features), dtype=np.float32)
    for row, region in zip(found, regions.tolist(), strict=True):
        instance, code = divmod(region, 256)
        if code in clusters:
            centres = clusters[code]
            row[:] = centres[derive_seed(seed, "look", instance, code) % len(centres)]
    return found
