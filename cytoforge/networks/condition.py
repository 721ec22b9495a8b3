"""What a generator sees: label maps, and whatever else a model adds, as the channels of one tensor.

Because noise, instance borders and instance features are channels like the labels, every generator
is a function of one tensor: tiling, export and compilation are the same for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from cytoforge.networks.labels import LabelInput, encode_labels, label_channels
from cytoforge.seeds import derive_seed


@dataclass(frozen=True)
class ConditionSpec:
    """Which channels a generator's input has, in this order: noise, labels, labels of neighbouring
    slices, edges, features, grain."""

    n_codes: int
    label_input: LabelInput = "one_hot"
    edges: bool = False
    """One channel: borders between instances."""
    features: int = 0
    """Channels of an instance's appearance features (pix2pixHD's feature encoder)."""
    noise: int = 0
    """Channels of noise; a whole image has one vector."""
    grain: int = 0
    """Channels of grain: noise that differs from pixel to pixel, coarser in each next channel."""
    neighbours: int = 0
    """Label slices of a volume on each side of the slice: each has channels like the labels."""

    @property
    def channels(self) -> int:
        """Number of input channels."""
        labels = label_channels(self.label_input, self.n_codes)
        slices = 1 + 2 * self.neighbours
        return self.noise + slices * labels + self.edges + self.features + self.grain


def build_condition(
    spec: ConditionSpec,
    labels: Tensor,
    instances: Tensor | None = None,
    noise: Tensor | None = None,
    features: Tensor | None = None,
    grain: Tensor | None = None,
    neighbours: Tensor | None = None,
) -> Tensor:
    """Return the input of a generator, float32 (B, spec.channels, H, W).

    Parameters
    ----------
    labels : uint8 (B, H, W) with codes below `spec.n_codes`
    instances : integers (B, H, W), 0 where there is no cell; needed where the spec has edges
    noise : float32 (B, Z), or (B, Z, H, W) where regions differ
    features : float32 (B, F, H, W)
    grain : float32 (B, G, H, W)
    neighbours : uint8 (B, 2 × spec.neighbours, H, W), codes of the slices from below to above
    """
    planes = [encode_labels(labels, spec.n_codes, spec.label_input)]  # (B, K, H, W)
    if spec.neighbours:
        around = _given(neighbours, "neighbours").unbind(1)  # 2n of (B, H, W)
        planes += [encode_labels(one, spec.n_codes, spec.label_input) for one in around]
    if spec.edges:
        planes.append(instance_edges(_given(instances, "instances")))
    if spec.features:
        planes.append(_given(features, "features"))
    if spec.grain:
        planes.append(_given(grain, "grain"))
    if spec.noise:
        drawn = _given(noise, "noise")
        if drawn.ndim == 2:
            drawn = drawn[:, :, None, None].expand(-1, -1, *labels.shape[1:])
        planes.insert(0, drawn)
    return torch.cat(planes, dim=1) if len(planes) > 1 else planes[0]


def instance_edges(instances: Tensor) -> Tensor:
    """Return 1 where a pixel's instance differs from one of its 4 neighbours, (B, 1, H, W) float32.

    Both sides of a border are marked; the frame of the tile is none (Wang et al. 2018, pix2pixHD,
    arXiv:1711.11585, section 3.3).
    """
    edges = torch.zeros_like(instances, dtype=torch.bool)  # (B, H, W)
    down = instances[:, 1:] != instances[:, :-1]
    across = instances[:, :, 1:] != instances[:, :, :-1]
    edges[:, 1:] |= down
    edges[:, :-1] |= down
    edges[:, :, 1:] |= across
    edges[:, :, :-1] |= across
    return edges[:, None].float()


def noise_vectors(seeds: Sequence[int], channels: int) -> Tensor:
    """Return one vector of N(0, 1) per seed, float32 (B, channels).

    Drawn on the CPU, so a seed means the same image on every device.
    """
    return torch.stack([_noise_vector(seed, channels) for seed in seeds])


def _noise_vector(seed: int, channels: int) -> Tensor:
    random = torch.Generator().manual_seed(derive_seed(seed, "noise"))
    return torch.randn(channels, generator=random)


def grain_planes(
    tiles: int, channels: int, size: Sequence[int], random: torch.Generator | None = None
) -> Tensor:
    """Return noise of variance 1 and grains of 1, 2, 4, … px, float32 (tiles, channels, H, W).

    Channel k is white noise averaged over squares of 2^k px: speckle and folds are larger than a
    pixel, and a layer at full size, which sees 3×3 pixels, could not make them of finer noise.
    Drawn on the CPU, from torch's own generator where none is given.
    """
    planes = []
    for side in (2**k for k in range(channels)):
        height, width = (length + side - 1 for length in size)
        white = torch.randn(tiles, 1, height, width, generator=random)
        planes.append(F.avg_pool2d(white, side, stride=1) * side)
    return torch.cat(planes, 1)


def grain_by(seed: int, channels: int, size: Sequence[int]) -> Tensor:
    """Return the grain of a seed, float32 (channels, H, W)."""
    random = torch.Generator().manual_seed(derive_seed(seed, "grain"))
    return grain_planes(1, channels, size, random)[0]


def _given(planes: Tensor | None, name: str) -> Tensor:
    if planes is None:
        raise ValueError(f"this generator needs {name}")
    return planes
