"""The network of `hovernet`, and how its maps become nuclei."""

import numpy as np
import torch
from torch import Tensor

from cytoforge.models.hovernet.config import HoVerNetConfig
from cytoforge.models.hovernet.decoding import HoVerDecoding, nuclei_of
from cytoforge.models.hovernet.targets import hover_maps
from cytoforge.models.hovernet.windows import over_windows
from cytoforge.models.instance_sampler import Found, InstanceSampler
from cytoforge.models.sampler import Planes
from cytoforge.networks.flips import mean_over_flips
from cytoforge.networks.hovernet import HoVerNet
from cytoforge.segmentation.classes import majority


class HoVerSampler(InstanceSampler):
    """Maps of each tile: nucleus, distances along x and y, and the class where there are types.

    window_px : side of what the network sees at once; None: what `over_windows` chooses
    """

    network: HoVerNet

    def __init__(self, network: HoVerNet, sees: str, scale: float, window_px: int | None) -> None:
        super().__init__(network, sees, scale)
        self.window_px = window_px
        self.in_channels, self.out_channels = network.in_channels, 4 if network.n_types else 3
        self.decoding = HoVerDecoding()

    def maps(self, seen: Tensor, flips: int = 1) -> Tensor:
        """Return probability of a nucleus, distances along x and y and, with types, the code of the
        most probable one: float32 (B, 3 or 4, h, w).

        seen : float32 (B, C, h, w)
        flips : of each window, of whose scores the mean is taken
        """

        def of_window(window: Tensor) -> Tensor:
            scores = mean_over_flips(self._scores, window, flips, arrows=2)
            planes = [scores[:, :2].softmax(1)[:, 1:], scores[:, 2:4]]
            if self.network.n_types:
                planes.append(scores[:, 4:].argmax(1, keepdim=True).float())
            return torch.cat(planes, 1)

        return over_windows(seen, self.network, of_window, self.window_px, self.layout)

    def _scores(self, seen: Tensor) -> Tensor:
        """Return scores of ground and nucleus, distances along x and y, and scores of the types,
        float32 (B, 4 + n_types, h, w)."""
        scores = self.network((seen * 255).contiguous(memory_format=self.layout))
        return torch.cat([scores[name].float() for name in ("np", "hv", "tp") if name in scores], 1)

    def forward(self, planes: Planes, draws: Planes) -> Tensor:
        """Return the maps of each tile in about [-1, 1], float32 (B, 3 or 4, h, w)."""
        return self._scaled(self.maps(self.condition(planes, draws)))

    def target(self, planes: Planes) -> Tensor:
        """Return the maps of the true nuclei, unlabelled pixels without one, as `forward` does."""
        known = self.known(planes)
        maps = [np.concatenate([n[None], d]) for n, d in map(hover_maps, known.clip(0))]
        wanted = torch.from_numpy(np.stack(maps).astype(np.float32))
        if self.network.n_types:
            codes = self.types(planes)[:, None] * (known > 0)[:, None]
            wanted = torch.cat([wanted, torch.from_numpy(codes).float()], 1)
        return self._scaled(wanted).to(planes["images"].device)

    def types(self, planes: Planes) -> np.ndarray:
        """Return the label maps as large as what is seen, int32 (B, h, w)."""
        return self.resized_labels(planes["labels"].cpu().numpy())

    def _scaled(self, maps: Tensor) -> Tensor:
        """Return maps as all samplers give them: probabilities 0 to 1 as −1 to 1."""
        last = max(self.network.n_types - 1, 1)
        return torch.cat([maps[:, :1] * 2 - 1, maps[:, 1:3], maps[:, 3:] * (2 / last) - 1], 1)

    def compared(self, made: Tensor, planes: Planes) -> tuple[Tensor, Tensor]:
        """Return found and true instance labels, int32 (N, h, w), `UNLABELLED` where not known."""
        found = [
            nuclei_of(one[0], one[1:3] * 2 - 1, self.decoding) for one in made.float().cpu().numpy()
        ]
        return torch.from_numpy(np.stack(found)), torch.from_numpy(self.known(planes))

    def found_at_scale(self, seen: np.ndarray) -> Found:
        """Return the nuclei of what the network sees of a field, float32 (C, y, x)."""
        with torch.inference_mode():
            maps = self.maps(torch.from_numpy(seen)[None], self.flips)[0].numpy()
        labels = nuclei_of(maps[0], maps[1:3], self.decoding)
        sure = mean_of_each(maps[0], labels)
        if not self.network.n_types:
            return Found(labels, confidence=sure)
        classes = majority(labels, maps[3].astype(np.uint8), self.network.n_types)
        return Found(labels, *classes, sure)


def mean_of_each(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean probability over each pixel's nucleus, float32 (Y, X), 0 where there is none.

    >>> mean_of_each(np.array([[0.5, 1.0, 0.9]]), np.array([[2, 2, 0]])).tolist()
    [[0.75, 0.75, 0.0]]
    """
    ids = labels.ravel()
    total = np.bincount(ids, probability.ravel())
    mean = total / np.maximum(np.bincount(ids), 1)
    mean[0] = 0
    found: np.ndarray = mean.astype(np.float32)[labels]
    return found


def build_sampler(config: HoVerNetConfig, n_codes: int, channels: int) -> HoVerSampler:
    """Return the untrained network, and how its maps become nuclei."""
    network = HoVerNet(
        config.channels_seen(channels),
        n_codes if config.types else 0,
        config.mode,
        config.width,
        config.blocks,
        config.dense,
    )
    sampler = HoVerSampler(network, config.sees, config.scale, config.window_px)
    sampler.decoding = HoVerDecoding(nucleus=config.nucleus_probability)
    return sampler
