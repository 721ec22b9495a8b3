"""The network of `mask_rcnn`, and how what it finds becomes instance labels."""

import numpy as np
import torch
from torch import Tensor

from cytoforge.models.instance_sampler import Found, InstanceSampler
from cytoforge.models.mask_rcnn.config import MaskRCNNConfig
from cytoforge.models.mask_rcnn.detections import (
    Detection,
    MaskDecoding,
    detections_of,
    laid_out,
    over_field,
    scored,
)
from cytoforge.models.sampler import Planes
from cytoforge.networks.mask_rcnn import build_mask_rcnn

# A power of two, by which ids are divided in float32 without a rest.
MOST_OBJECTS = 1 << 16


class MaskRCNNSampler(InstanceSampler):
    """Two maps of each tile: whether there is an object, and the number of each.

    window_px : side of what the network sees at once of a field
    """

    def __init__(
        self, network: torch.nn.Module, sees: str, scale: float, window_px: int, in_channels: int
    ) -> None:
        super().__init__(network, sees, scale)
        self.window_px = window_px
        self.in_channels, self.out_channels = in_channels, 2
        self.decoding = MaskDecoding()

    def forward(self, planes: Planes, draws: Planes) -> Tensor:
        """Return the two maps of each tile in [-1, 1], float32 (B, 2, h, w)."""
        seen = self.condition(planes, draws)
        shape = (seen.shape[-2], seen.shape[-1])
        labels = [laid_out(self.detected(one), shape, self.decoding) for one in seen]
        return _as_maps(np.stack(labels)).to(seen.device)

    def target(self, planes: Planes) -> Tensor:
        """Return the maps of the true objects, as `forward` does."""
        return _as_maps(self.known(planes).clip(0)).to(planes["images"].device)

    def compared(self, made: Tensor, planes: Planes) -> tuple[Tensor, Tensor]:
        """Return found and true instance labels, int32 (N, h, w)."""
        found = (made[:, 1].float().cpu() * MOST_OBJECTS).round().int()
        return found, torch.from_numpy(self.known(planes))

    def detected(self, seen: Tensor) -> list[Detection]:
        """Return the objects in what the network sees, float32 (C, h, w)."""
        (found,) = self.network([seen])
        return detections_of(found, self.decoding)

    def found_at_scale(self, seen: np.ndarray) -> Found:
        """Return the instances of what the network sees of a field, float32 (C, y, x)."""
        whole, shape = torch.from_numpy(seen), (seen.shape[1], seen.shape[2])
        with torch.inference_mode():
            found = over_field(
                shape, self.window_px, lambda rows, cols: self.detected(whole[:, rows, cols])
            )
        labels, sure = scored(found, shape, self.decoding)
        return Found(labels, confidence=sure)


def _as_maps(labels: np.ndarray) -> Tensor:
    """Return labels (B, h, w) as maps in [-1, 1], float32 (B, 2, h, w)."""
    both = np.stack([labels > 0, labels % MOST_OBJECTS / MOST_OBJECTS], 1)
    return torch.from_numpy(both.astype(np.float32) * 2 - 1)


def build_sampler(config: MaskRCNNConfig, n_codes: int, channels: int) -> MaskRCNNSampler:
    """Return the untrained network, and how what it finds becomes instance labels."""
    seen = config.channels_seen(channels)
    network = build_mask_rcnn(
        seen,
        config.backbone,
        config.channels,
        config.smallest_anchor_px,
        config.boxes,
        config.detections,
    )
    sampler = MaskRCNNSampler(network, config.sees, config.scale, config.window_px, seen)
    sampler.decoding = MaskDecoding(least_score=config.least_score)
    return sampler
