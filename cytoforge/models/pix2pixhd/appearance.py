"""What pix2pixHD's feature encoder says of regions: in training, in validation, for synthesis."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.compute.ranks import sum_over_ranks
from cytoforge.models.model import ModelSetup
from cytoforge.models.pix2pixhd.config import Pix2PixHDConfig
from cytoforge.models.pix2pixhd.feature_clusters import clusters_by_code
from cytoforge.models.sampler import Planes
from cytoforge.networks.feature_encoder import number_regions, region_means, spread_means
from cytoforge.networks.layers import prepare_inference

MEMORY = 0.99  # of the mean features, per step: about the last 100
BATCH = 8  # tiles encoded at once after training


class Appearance:
    """Regions' features, averaged within each region, and each code's mean of the last steps."""

    def __init__(self, encoder: nn.Module, config: Pix2PixHDConfig, setup: ModelSetup) -> None:
        self.encoder, self.config, self.seed = encoder, config, setup.seed
        self.sums = torch.zeros(setup.n_codes, config.feature_channels + 1, device=setup.device)

    def of(self, planes: Planes, images: Tensor) -> Tensor:
        """Return the features of real regions, (B, F, H, W), with their graph."""
        numbers, count = number_regions(planes["labels"], planes["instances"])
        means, _ = region_means(self.encoder(images), numbers, count)  # (regions, F)
        features = spread_means(means, numbers)  # (B, F, H, W)
        self._remember(features.detach(), planes["labels"])
        return features

    def typical(self, labels: Tensor) -> Tensor:
        """Return the mean features of each pixel's code, (B, F, H, W)."""
        pixels = self.sums[:, -1:].clamp(min=1e-6)
        return F.embedding(labels.long(), self.sums[:, :-1] / pixels).movedim(-1, 1)

    @torch.inference_mode()
    def clusters(self, planes: Planes) -> dict[str, list[list[float]]]:
        """Return the features to choose from, by code, out of all training tiles."""
        training = self.encoder.training
        prepare_inference(self.encoder)
        regions = []
        for tiles in torch.arange(len(planes["labels"])).split(BATCH):
            names = ("labels", "instances", "images")
            regions.append(self._regions(*(planes[n][tiles].to(self.sums.device) for n in names)))
        self.encoder.train(training)
        means, pixels, codes = (torch.cat(column).cpu() for column in zip(*regions, strict=True))
        clusters = self.config.feature_clusters
        return clusters_by_code(means.numpy(), pixels.numpy(), codes.numpy(), clusters, self.seed)

    def state_dict(self) -> dict[str, Any]:
        """Return the mean features."""
        return {"features": self.sums}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the mean features."""
        self.sums = state["features"].to(self.sums.device)

    def _regions(
        self, labels: Tensor, instances: Tensor, images: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        numbers, count = number_regions(labels, instances)
        means, pixels = region_means(self.encoder(images), numbers, count)
        codes = pixels.new_zeros(count).scatter_(0, numbers.flatten(), labels.flatten().long())
        return means, pixels, codes

    def _remember(self, features: Tensor, labels: Tensor) -> None:
        flat = features.movedim(1, -1).flatten(0, 2)  # (B H W, F)
        ones = flat.new_ones(len(flat), 1)
        now = torch.zeros_like(self.sums)
        now.index_add_(0, labels.flatten().int(), torch.cat([flat, ones], 1))
        self.sums = MEMORY * self.sums + sum_over_ranks(now)
