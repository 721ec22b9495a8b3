"""The networks of CUT."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cytoforge.models.cut.config import CutConfig
from cytoforge.models.translation_config import RESNET_BLOCKS
from cytoforge.models.translator import Translator, resnet_of
from cytoforge.networks.resnet import ResNet


def build_sampler(config: CutConfig, n_codes: int, channels: int) -> Translator:
    """Return the untrained generator of the one direction."""
    return Translator(channels, build_generator(config, channels), structure=config.structure)


def build_generator(config: CutConfig, channels: int) -> ResNet:
    """Return the untrained generator: (B, C, H, W) → (B, C, H, W) in [-1, 1]."""
    return resnet_of(config, RESNET_BLOCKS[config.generator], channels)


def build_heads(config: CutConfig, channels: int) -> "PatchHeads":
    """Return the untrained heads of the layers that are compared."""
    filters = config.generator_filters
    widths = {"image": channels, "half": 2 * filters, "quarter": 4 * filters}
    layers = config.compared_layers
    return PatchHeads([widths.get(layer, 4 * filters) for layer in layers], config.head_filters)


class PatchHeads(nn.Module):
    """Two layers per map of features, which make its pixels vectors of length 1."""

    def __init__(self, widths: list[int], filters: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(width, filters), nn.ReLU(), nn.Linear(filters, filters))
            for width in widths
        )

    def forward(self, features: list[Tensor], positions: list[Tensor]) -> list[Tensor]:
        """Return the chosen pixels of each map as vectors, (B, P, filters).

        Parameters
        ----------
        features : of each layer (B, C, h, w)
        positions : of each layer (B, P) int64, numbers of pixels row by row
        """
        found = []
        for head, layer, places in zip(self.heads, features, positions, strict=True):
            pixels = layer.flatten(2)  # (B, C, h w)
            chosen = pixels.gather(2, places[:, None].expand(-1, pixels.shape[1], -1)).mT
            found.append(F.normalize(head(chosen).float(), dim=2, eps=1e-7))
        return found


def init_heads(network: nn.Module, seed: int, std: float = 0.02) -> None:
    """Draw weights from N(0, std); biases are 0."""
    random = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0.0, std, generator=random)
            nn.init.zeros_(layer.bias)
