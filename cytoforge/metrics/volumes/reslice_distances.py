"""Kernel distances of made planes from real ones: along the slices, and across them.

Features are those of `metrics.set_metrics`: VGG16, and the Inception of KID where its weights are
there. The kernel distance is unbiased for sets of any size; the Fréchet distance of so few planes
would tell how many they are.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from cytoforge.images.volume_grid import PLANES
from cytoforge.metrics.metric import Metric
from cytoforge.metrics.pretrained_scores import Networks
from cytoforge.metrics.registry import SET_METRICS, SET_SOURCES
from cytoforge.metrics.sets import set_bounds
from cytoforge.metrics.volumes.reslices import BESIDE, REAL, SMALLEST_PX
from cytoforge.pretrained.features import vgg16_features
from cytoforge.pretrained.weights import Missing
from cytoforge.seeds import generator

RESLICE_COLUMNS = [
    "plane", "series", "metric", "value", "low", "high", "interval", "n_real", "n", "status",
]  # fmt: skip
METRICS = tuple(metric for metric in SET_METRICS if metric.name in ("vgg16_kernel", "kid"))
FLOOR = "real against real"
TOO_SMALL = (
    f"skipped: no two planes of {SMALLEST_PX} px per side with body in them; too few slices follow"
    " on one another"
)


class ResliceFeatures:
    """Features of patches by plane and series, of all volumes together."""

    def __init__(self, networks: Networks) -> None:
        self.networks = networks
        self._rows: dict[tuple[str, str, str], list[np.ndarray]] = defaultdict(list)
        self._units: dict[tuple[str, str], list[str]] = defaultdict(list)

    def add(self, axis: str, patches: Mapping[str, Sequence[np.ndarray]], unit: str) -> None:
        """Take the patches of a volume along a body axis, uint8 (Y, X), by series.

        unit : what the volume belongs to, e.g. its patient
        """
        for series, found in patches.items():
            for patch in found:
                for weights, row in self._features(patch):
                    self._rows[axis, series, weights].append(row)
            self._units[axis, series] += [unit] * len(found)

    def _features(self, patch: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the features of a patch by the name of their weights."""
        image = torch.from_numpy(patch.astype(np.float32) / 255)[None, None]
        image = image.to(self.networks.device)  # (1, 1, H, W)
        vgg, inception = self.networks.lpips["vgg"], self.networks.inception
        if not isinstance(vgg, Missing):
            yield "vgg16", vgg16_features(vgg.stages(image, rgb=False), 1)[0].cpu().numpy()
        if not isinstance(inception, Missing):
            yield "inception", inception(image, rgb=False)[0].cpu().numpy()

    def table(
        self, series: Mapping[str, str], confidence: float, noun: str, seed: int
    ) -> list[list[object]]:
        """Return rows of `RESLICE_COLUMNS`: per plane and metric each series against the real
        volumes, and last real against real.

        series : names of what was added, and what the table calls them
        noun : what a unit is called
        """
        return [
            [plane, name, metric.name, *self._row(axis, one, metric, (confidence, noun, seed))]
            for plane, axis in PLANES.items()
            for metric in METRICS
            for one, name in (*series.items(), (BESIDE, FLOOR))
        ]

    def _row(
        self, axis: str, series: str, metric: Metric, chance: tuple[float, str, int]
    ) -> list[object]:
        weights, (confidence, noun, seed) = str(metric.weights), chance
        if missing := self.networks.skipped.get(weights):
            return ["", "", "", "", "", "", str(missing)]
        real, made = (self._rows[axis, one, weights] for one in (REAL, series))
        counts = [len(real), len(made)]
        if min(counts) < 2:
            return ["", "", "", "", *counts, TOO_SMALL]
        a, b = np.stack(real), np.stack(made)
        random = generator(seed, "reslices", axis, metric.name)
        value, statistic = SET_SOURCES[metric.name](a, b, random)
        units = tuple(np.array(self._units[axis, one]) for one in (REAL, series))
        found = set_bounds(a, b, (units[0], units[1]), statistic, value, confidence, noun)
        ends = ["" if end is None else f"{end:.6g}" for end in (found.low, found.high)]
        return [f"{value:.6g}", *ends, found.interval, *counts, "ok"]
