"""The weight-based metrics of patches: one pass through each network serves every metric on it."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from cytoforge.config.metrics import MetricsConfig
from cytoforge.pretrained.features import InceptionFeatures, load_inception, vgg16_features
from cytoforge.pretrained.lpips import Lpips, Net, load_lpips, unit_length
from cytoforge.pretrained.weights import Missing

# Two patches of 128 px in four series and two channels hold 0.2 GB of VGG16 features; larger
# batches gained less than 5 %.
BATCH_PIXELS = 2 * 128 * 128
# Three channels are shown to the networks as one red-green-blue picture, as a person would look at
# them; any other number as one grey picture a channel, which costs as many passes.
RGB_CHANNELS = 3


@dataclass(frozen=True)
class Networks:
    """Networks whose weights were found; the others say why not."""

    lpips: dict[Net, Lpips | Missing]
    inception: InceptionFeatures | Missing
    device: torch.device

    @property
    def skipped(self) -> dict[str, Missing]:
        """Return, by the name of the weights, what is missing."""
        found = {
            "alexnet": self.lpips["alex"],
            "vgg16": self.lpips["vgg"],
            "inception": self.inception,
        }
        return {name: item for name, item in found.items() if isinstance(item, Missing)}


@dataclass(frozen=True)
class NetworkScores:
    """distances: series -> metric -> (n,); features: weights -> series or "real" -> (n, d)."""

    distances: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    features: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)

    def joined(self, other: "NetworkScores") -> "NetworkScores":
        """Return these and those of other series of the same real patches."""
        names = self.features.keys() | other.features.keys()
        return NetworkScores(
            self.distances | other.distances,
            {n: self.features.get(n, {}) | other.features.get(n, {}) for n in names},
        )


def load_networks(config: MetricsConfig, device: torch.device | str = "cpu") -> Networks:
    """Load every network whose weights are there."""
    return Networks(
        lpips={
            "alex": load_lpips("alex", config, device),
            "vgg": load_lpips("vgg", config, device),
        },
        inception=load_inception(config, device),
        device=torch.device(device),
    )


def network_scores(
    real: np.ndarray, series: dict[str, np.ndarray], networks: Networks, rgb: bool
) -> NetworkScores:
    """Compare unit patches `real` (n, C, P, P) with the patches of every series, pair by pair.

    The networks see each patch once, whatever the number of metrics and series.
    """
    step = max(1, BATCH_PIXELS // (real.shape[-1] * real.shape[-2]))
    distances: dict[str, dict[str, list[Tensor]]] = {s: defaultdict(list) for s in series}
    features: dict[str, dict[str, list[Tensor]]] = defaultdict(lambda: defaultdict(list))
    for start in range(0, len(real), step):
        batch = {
            name: torch.from_numpy(unit[start : start + step]).to(networks.device)
            for name, unit in {"real": real, **series}.items()
        }
        for net, lpips in networks.lpips.items():
            if isinstance(lpips, Missing):
                continue
            stages = {name: lpips.stages(unit, rgb) for name, unit in batch.items()}
            if net == "vgg":
                for name, stage in stages.items():
                    features["vgg16"][name].append(vgg16_features(stage, len(batch[name])))
            directions = {name: unit_length(stage) for name, stage in stages.items()}
            for name in series:
                value = lpips.distance(directions["real"], directions[name])
                value = value.reshape(len(batch[name]), -1).mean(1)
                distances[name][f"lpips_{net}"].append(value)
        if not isinstance(networks.inception, Missing):
            for name, unit in batch.items():
                features["inception"][name].append(networks.inception(unit, rgb))
    return NetworkScores(_joined(distances), _joined(features))


def _joined(nested: dict[str, dict[str, list[Tensor]]]) -> dict[str, dict[str, np.ndarray]]:
    return {
        outer: {name: torch.cat(parts).cpu().numpy() for name, parts in inner.items()}
        for outer, inner in nested.items()
    }
