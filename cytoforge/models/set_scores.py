"""What is made of a set of images held against a set of others, without pairs and without weights
from elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from cytoforge.models.likeness import edge_correlation

PATCH_PX = 7
SMALLEST_PX = 16  # of a level: below that a patch is most of the image
DIRECTIONS, QUANTILES = 64, 256
MOST_PATCHES = 4096  # of a level and a set, about: sorting more takes as long as making the images
FLAT = 1e-6  # SD of what does not vary, of a range of 1


class ComparedSets(Protocol):
    """What a model makes, and the set that it should be like: for tasks that compare sets."""

    @property
    def made(self) -> Tensor:
        """What was made, one row each."""
        ...

    @property
    def real(self) -> Tensor:
        """What it should be like."""
        ...

    @property
    def spread(self) -> float:
        """SD of what was made, in units of that of what is real."""
        ...

    @property
    def kept(self) -> float:
        """How much of the structure of what it was made of is kept, 1 where there is none."""
        ...

    @property
    def trivial(self) -> "ComparedSets":
        """What the trivial method would have made."""
        ...

    @property
    def pictured(self) -> dict[str, Tensor]:
        """What a sample sheet shows in the place of planes, by column."""
        ...


@dataclass(frozen=True)
class Ways:
    """What a model makes of a set, float32 (N, C, H, W) in [0, 1], and what it should be like.

    Attributes
    ----------
    source, made : images, and what was made of each
    real : images of the domain that is made, (M, C, H, W)
    returned : `made` brought back to the source's domain; None where there is no way back
    back : the other way, where there is one
    likeness : of made images to their sources, 1 where all structure is kept
    """

    source: Tensor
    made: Tensor
    real: Tensor
    returned: Tensor | None = None
    back: "Ways | None" = None
    likeness: Callable[[Tensor, Tensor], float] = edge_correlation

    @cached_property
    def distance(self) -> float:
        """The sliced Wasserstein distance between what was made and real images."""
        return sliced_wasserstein(self.made, self.real)

    @cached_property
    def structure(self) -> float:
        """1 − the likeness of what was made to what it was made of."""
        return 1 - self.likeness(self.made, self.source)

    @property
    def spread(self) -> float:
        """SD of what was made, in units of that of real images; each channel's mean is left out."""
        ours, real = (
            float(_centred(images).square().mean().sqrt()) for images in (self.made, self.real)
        )
        return ours / real if real >= FLAT else 1.0

    @property
    def kept(self) -> float:
        """The likeness of what was made to what it was made of."""
        return 1 - self.structure

    @property
    def pictured(self) -> dict[str, Tensor]:
        """What was made, and what was made the other way, where there is one."""
        back = {} if self.back is None else {"back": self.back.made}
        return {"made": self.made, **back}

    @property
    def trivial(self) -> "Ways":
        """What a model that hands on its images would have: the trivial method."""
        back = None if self.back is None else self.back.trivial
        returned = None if self.returned is None else self.source
        return Ways(self.source, self.source, self.real, returned, back, self.likeness)


def sliced_wasserstein(made: Tensor, real: Tensor) -> float:
    """Return the sliced Wasserstein distance between the patches of two sets of images.

    Patches of 7×7 px at every level of a Laplacian pyramid, from edges to the colour of regions
    (Karras et al. 2018, arXiv:1710.10196, section 5), along 64 directions that are always the
    same. In units of the real patches' SD at that level, so that levels count alike and 0.1 is
    small: the mean over levels. Unlike there, patches keep their means: colour counts.

    made, real : float32 (N, C, H, W) and (M, C, H, W) in [0, 1], N and M ≥ 1
    """
    found = []
    for ours, theirs in zip(_levels(made), _levels(real), strict=False):
        directions = _directions(ours.shape[1] * PATCH_PX**2).to(ours)
        one, other = _projected(ours, directions), _projected(theirs, directions)  # (D, ·)
        spread = other.std(1).clamp(min=1e-6)
        distances = (_quantiles(one) - _quantiles(other)).abs().mean(1) / spread
        found.append(float(distances.double().mean()))
    return sum(found) / len(found)


def _centred(images: Tensor) -> Tensor:
    """Return (N, C, H, W) without the mean of each channel, in float64."""
    images = images.double()
    return images - images.mean((0, 2, 3), keepdim=True)


def _levels(images: Tensor) -> list[Tensor]:
    """Return the bands of a Laplacian pyramid, the finest first, and what is left at last."""
    found, image = [], images.float()
    while min(image.shape[-2:]) >= 2 * SMALLEST_PX:
        smaller = F.avg_pool2d(image, 2)
        size = image.shape[-2:]
        smooth = F.interpolate(smaller, size=size, mode="bilinear", align_corners=False)
        found.append(image - smooth)
        image = smaller
    return [*found, image]


def _directions(length: int) -> Tensor:
    random = torch.Generator().manual_seed(length)
    drawn = torch.randn(DIRECTIONS, length, generator=random)
    return drawn / drawn.norm(dim=1, keepdim=True)


def _projected(level: Tensor, directions: Tensor) -> Tensor:
    """Return patches of all images along each direction, (D, patches), evenly spread."""
    height, width = level.shape[-2:]
    places = len(level) * (height - PATCH_PX + 1) * (width - PATCH_PX + 1)
    stride = max(1, round((places / MOST_PATCHES) ** 0.5))
    kernels = directions.view(DIRECTIONS, level.shape[1], PATCH_PX, PATCH_PX)
    # One image at a time: a patch is 147 numbers of a colour image.
    parts = [F.conv2d(image[None], kernels, stride=stride).flatten(2)[0] for image in level]
    return torch.cat(parts, 1)


def _quantiles(values: Tensor) -> Tensor:
    """Return 256 quantiles of each row, so that sets of other sizes can be compared."""
    ordered = values.sort(1).values
    places = (torch.arange(QUANTILES, device=values.device) + 0.5) / QUANTILES
    return ordered[:, (places * values.shape[1]).long()]
