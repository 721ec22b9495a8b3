"""How different images of one label map are: LPIPS between samples of the same map."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import torch

from cytoforge.config.metrics import MetricsConfig
from cytoforge.metrics.intervals import CELLS, unit_noun
from cytoforge.metrics.statistics import mean_bounds
from cytoforge.pretrained.lpips import Lpips, Net, unit_length
from cytoforge.pretrained.weights import Missing
from cytoforge.seeds import derive_seed, generator
from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import NEIGHBOURS, TileSet

Sampler = Callable[..., np.ndarray]
"""(labels uint8 (T, T), instances int32 (T, T), seed) -> unit image float32 (C, T, T); of slices
with the label slices around them as a fourth, `neighbours` uint8 (2n, T, T)."""

DETERMINISTIC = "deterministic: every sample of a label map is the same image"
COLUMNS = ["series", "metric", "image", "row", "col", "pairs", "value", *CELLS, "status"]


@dataclass(frozen=True)
class DiversityInputs:
    """A trained generator and the data set whose test tiles give the label maps.

    nets : LPIPS by its network, or why there is none
    """

    sample: Sampler
    tiles: TileSet
    nets: dict[Net, Lpips | Missing]


def diversity_table(inputs: DiversityInputs, config: MetricsConfig, seed: int) -> pd.DataFrame:
    """Return the mean LPIPS between samples of one label map, and between unrelated real tiles.

    Rows: one per test tile (its position, the mean over all pairs of its samples) and image "all"
    with what chance does to the mean (see `intervals`), for series `generator`; image "all" alone
    for `real_pairs`: real test tiles of different positions against each other: what no sample of
    one map should exceed. Columns: series, metric, image, row, col, pairs, value, low, high,
    interval, unit_values, status; value is 0 and status says so where all samples are equal, pixel
    by pixel.
    """
    tiles, rgb = inputs.tiles, len(inputs.tiles.info["channels"]) == 3
    rows: list[dict[str, object]]
    chosen = apart(tiles, config.diversity.patches, seed)
    if not len(chosen):
        status = "skipped: the data set has neither test nor val tiles"
        rows = [{"series": "generator", "image": "all", "metric": "lpips_vgg", "status": status}]
        return pd.DataFrame(rows).reindex(columns=COLUMNS)
    samples = _samples(inputs, chosen, config.diversity.samples, seed)
    equal = all((group == group[0]).all() for group in samples)
    rows = []
    for net, lpips in inputs.nets.items():
        place = {"metric": f"lpips_{net}", "image": "all"}
        if equal:  # known without any network
            zeros = [np.zeros(1)] * len(chosen)
            rows += _generator_rows(tiles, chosen, zeros, place, config)
            rows[-1]["status"] = DETERMINISTIC
        elif isinstance(lpips, Missing):
            rows.append({"series": "generator", **place, "status": str(lpips)})
        else:
            within = [pairwise_lpips(lpips, group, rgb) for group in samples]
            rows += _generator_rows(tiles, chosen, within, place, config)
        if isinstance(lpips, Missing):
            rows.append({"series": "real_pairs", **place, "status": str(lpips)})
        elif len(chosen) > 1:
            real = pairwise_lpips(lpips, tiles.unit(chosen), rgb)
            figures = {"pairs": len(real), **_value(real.mean())}
            rows.append({"series": "real_pairs", **place, **figures})
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def apart(tiles: TileSet, most: int, seed: int) -> np.ndarray:
    """Return at most so many test tiles that do not overlap, drawn by seed from every image in turn
    (tiles of the validation split where there are no test tiles), as rising indices."""
    indices = tiles.indices("test")
    indices = indices if len(indices) else tiles.indices("val")
    order = generator(seed, "metrics", "diversity").permutation(indices)
    waiting: dict[str, list[int]] = {}
    for index in order:
        waiting.setdefault(tiles.manifest[index].image, []).append(int(index))
    chosen: list[int] = []
    while len(chosen) < most and any(waiting.values()):
        for queue in waiting.values():
            while queue and len(chosen) < most:
                index = queue.pop()
                if not any(_overlap(tiles, index, other) for other in chosen):
                    chosen.append(index)
                    break
    return np.array(sorted(chosen), np.intp)


def pairwise_lpips(lpips: Lpips, unit: np.ndarray, rgb: bool) -> np.ndarray:
    """Return LPIPS of every pair of unit images (n, C, T, T): (n (n - 1) / 2,)."""
    with torch.inference_mode():
        views = [
            unit_length(lpips.stages(torch.from_numpy(image[None]), rgb))
            for image in np.ascontiguousarray(unit)
        ]
        pairs = combinations(views, 2)
        return np.array([float(lpips.distance(a, b).mean()) for a, b in pairs])


def _samples(
    inputs: DiversityInputs, chosen: np.ndarray, count: int, seed: int
) -> list[np.ndarray]:
    """Return `count` samples of each chosen tile's label map, (count, C, T, T) each."""
    tiles = inputs.tiles
    further = [NEIGHBOURS] if NEIGHBOURS in tiles.planes else []
    return [
        np.stack(
            [
                inputs.sample(
                    np.asarray(tiles["labels"][index]),
                    np.asarray(tiles["instances"][index]).astype(np.int32),
                    derive_seed(seed, "diversity", tiles.manifest[index].name, number),
                    *(np.asarray(tiles[name][index]) for name in further),
                )
                for number in range(count)
            ]
        )
        for index in chosen
    ]


def _generator_rows(
    tiles: TileSet,
    chosen: np.ndarray,
    within: list[np.ndarray],
    whole: dict[str, str],
    config: MetricsConfig,
) -> list[dict[str, object]]:
    places = [tiles.manifest[index] for index in chosen]
    values = np.array([pairs.mean() for pairs in within])
    units = np.array([place.group for place in places])
    noun = unit_noun(units, np.array([place.image for place in places]))
    chance = mean_bounds(values, units, False, config.confidence, noun)
    samples = config.diversity.samples
    pairs = samples * (samples - 1) // 2
    base = {"series": "generator", **whole, "pairs": pairs}
    rows: list[dict[str, object]] = [
        {**base, "image": place.image, "row": place.row, "col": place.col, **_value(value)}
        for place, value in zip(places, values, strict=True)
    ]
    return [*rows, {**base, **_value(values.mean()), **chance.cells()}]


def _value(distance: float) -> dict[str, object]:
    if not np.isfinite(distance):
        return {"value": None, "status": "undefined: a distance of these images is no number"}
    return {"value": distance, "status": "ok"}


def _overlap(tiles: TileSet, one: int, other: int) -> bool:
    a, b, side = tiles.manifest[one], tiles.manifest[other], tiles.info["tile_px"]
    return a.image == b.image and _near(a, b, side)


def _near(a: TileRow, b: TileRow, side: int) -> bool:
    return abs(a.row - b.row) < side and abs(a.col - b.col) < side
