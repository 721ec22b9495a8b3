"""Distances between sets of patches in the features of networks, for a translation's series.

All sets have the same number of patches, because a Fréchet distance falls as its sets grow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from cytoforge.metrics.intervals import Bounds
from cytoforge.metrics.pretrained_scores import BATCH_PIXELS, Networks
from cytoforge.metrics.registry import SET_METRICS, SET_SOURCES
from cytoforge.metrics.sets import set_bounds
from cytoforge.metrics.translation.translation_fields import Photo
from cytoforge.pretrained.features import vgg16_features
from cytoforge.pretrained.weights import Missing
from cytoforge.seeds import generator

MOST_PATCHES = 64
"""Of each set at most. VGG16 takes 0.1 to 0.3 s for a patch of 128 px on one core."""


@dataclass(frozen=True)
class SetDistance:
    """One distance of a series from the real patches; n of each side."""

    metric: str
    series: str
    value: float
    bounds: Bounds
    n: int


def distances(
    reference: Sequence[Photo],
    series: Mapping[str, Sequence[Photo]],
    networks: Networks,
    patch_px: int,
    confidence: float,
    noun: str,
    seed: int,
    most: int = MOST_PATCHES,
) -> list[SetDistance]:
    """Return every set metric whose network is there, of every series with a patch or more.

    Parameters
    ----------
    reference : real fields that all series are compared with
    series : fields by series
    most : patches of each set at most, evenly chosen
    """
    sides = {"": reference, **series}
    cut = {name: grid(fields, patch_px) for name, fields in sides.items()}
    cut = {name: patches for name, patches in cut.items() if len(patches[0]) >= 2}
    if "" not in cut:
        return []
    n = min(most, *(len(patches) for patches, _ in cut.values()))
    chosen = {name: tuple(side[evenly(len(side), n)] for side in two) for name, two in cut.items()}
    found = []
    for weights, features in _features(chosen, networks).items():
        for metric in (one for one in SET_METRICS if one.weights == weights):
            for name in (key for key in chosen if key):
                random = generator(seed, "translation", metric.name, name)
                a, b, groups = features[""], features[name], (chosen[""][1], chosen[name][1])
                value, statistic = SET_SOURCES[metric.name](a, b, random)
                chance = set_bounds(a, b, groups, statistic, value, confidence, noun)
                found.append(SetDistance(metric.name, name, value, chance, n))
    return found


def grid(fields: Sequence[Photo], patch_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the patches of a grid over each field, uint8 (n, P, P, 3), and their units (n,).

    Smaller fields give none; what is left at the lower and right edges is not used.
    """
    patches, units = [np.empty((0, patch_px, patch_px, 3), np.uint8)], []
    for photo in fields:
        rows, cols = (side // patch_px for side in photo.rgb.shape[:2])
        whole = photo.rgb[: rows * patch_px, : cols * patch_px]
        split = whole.reshape(rows, patch_px, cols, patch_px, 3).swapaxes(1, 2)
        patches.append(split.reshape(-1, patch_px, patch_px, 3))
        units += [photo.unit] * (rows * cols)
    return np.concatenate(patches), np.array(units, str)


def evenly(count: int, n: int) -> np.ndarray:
    """Return n of `count` indices, evenly spread.

    >>> evenly(10, 4).tolist()
    [1, 3, 6, 8]
    """
    return (np.arange(n) * 2 + 1) * count // (2 * n)


@torch.inference_mode()
def _features(
    chosen: Mapping[str, tuple[np.ndarray, ...]], networks: Networks
) -> dict[str, dict[str, np.ndarray]]:
    """Return the features of every set by the name of the weights, (n, d)."""
    vgg, inception = networks.lpips["vgg"], networks.inception
    found: dict[str, dict[str, np.ndarray]] = {}
    for name, (patches, _) in chosen.items():
        step = max(1, BATCH_PIXELS // (patches.shape[1] * patches.shape[2]))
        unit = torch.from_numpy(patches).permute(0, 3, 1, 2).to(torch.float32) / 255
        batches = [batch.to(networks.device) for batch in unit.split(step)]
        if not isinstance(vgg, Missing):
            own = [vgg16_features(vgg.stages(batch, True), len(batch)) for batch in batches]
            found.setdefault("vgg16", {})[name] = torch.cat(own).cpu().numpy()
        if not isinstance(inception, Missing):
            own = [inception(batch, True) for batch in batches]
            found.setdefault("inception", {})[name] = torch.cat(own).cpu().numpy()
    return found
