"""A set of drawn label maps held against a set of real ones, without pairs and without a network
from elsewhere: Inception has never seen a label map."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from cytoforge.models.set_scores import sliced_wasserstein
from cytoforge.networks.labels import encode_labels

FLAT = 1e-6


@dataclass(frozen=True)
class MapSets:
    """Drawn maps, and real ones.

    Attributes
    ----------
    made, real : codes, uint8 (N, H, W) and (M, H, W)
    """

    made: Tensor
    real: Tensor
    n_codes: int

    @cached_property
    def patches(self) -> float:
        """The sliced Wasserstein distance between patches of 7 × 7 px, at every scale, in SD of the
        real ones: shapes, rims, sizes and layout."""
        return sliced_wasserstein(self._one_hot(self.made), self._one_hot(self.real))

    @cached_property
    def fractions(self) -> float:
        """How far the maps' class fractions are apart: the 1-Wasserstein distance of those of
        single maps, summed over classes and halved, 0 to 1."""
        made, real = (self._one_hot(maps).mean((2, 3)) for maps in (self.made, self.real))
        return float(wasserstein(made, real).sum() / 2)

    @cached_property
    def neighbours(self) -> float:
        """How far the frequencies of pairs of classes in neighbouring pixels are apart, of pairs
        that differ: half the sum of absolute differences, 0 to 1."""
        made, real = (self._contacts(maps) for maps in (self.made, self.real))
        return float((made - real).abs().sum() / 2)

    @property
    def spread(self) -> float:
        """How much maps differ from one another, in units of how much real ones do: 0 where the
        same map is drawn again and again."""
        made, real = (
            float(self._one_hot(maps).var(0, correction=0).mean())
            for maps in (self.made, self.real)
        )
        return (made / real) ** 0.5 if real >= FLAT else 1.0

    @property
    def kept(self) -> float:
        """Nothing of a source can be kept: there is none."""
        return 1.0

    @property
    def trivial(self) -> "MapSets":
        """What the trivial method makes: the commonest class everywhere."""
        commonest = self.real.flatten().bincount().argmax()
        return MapSets(commonest.byte().expand_as(self.real), self.real, self.n_codes)

    @property
    def pictured(self) -> dict[str, Tensor]:
        """What a sample sheet shows, by its columns."""
        return {"made": self.made, "labels": self.real}

    def _one_hot(self, maps: Tensor) -> Tensor:
        return encode_labels(maps, self.n_codes)

    def _contacts(self, maps: Tensor) -> Tensor:
        """Return how often each pair of different classes are neighbours, of all, (K · K,)."""
        codes = maps.long()
        pairs = [
            (one * self.n_codes + other).flatten()
            for one, other in (
                (codes[:, 1:], codes[:, :-1]),
                (codes[:, :-1], codes[:, 1:]),
                (codes[:, :, 1:], codes[:, :, :-1]),
                (codes[:, :, :-1], codes[:, :, 1:]),
            )
        ]
        counts = torch.cat(pairs).bincount(minlength=self.n_codes**2).double()
        counts[:: self.n_codes + 1] = 0  # a class beside itself
        return counts / counts.sum().clamp(min=1)


def wasserstein(one: Tensor, other: Tensor) -> Tensor:
    """Return the 1-Wasserstein distance of two samples in each column, (N, K), (M, K) → (K,)."""
    places = (torch.arange(256, device=one.device) + 0.5) / 256
    quantiles = [values.sort(0).values[(places * len(values)).long()] for values in (one, other)]
    return (quantiles[0] - quantiles[1]).abs().mean(0)
