"""Which tiles an epoch shows, and in which order: a pure function of seed, name and epoch."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cytoforge.seeds import generator


@dataclass(frozen=True)
class Place:
    """One tile of one epoch; `name` is what its augmentation is drawn by."""

    tile: int
    name: tuple[int | str, ...]


@dataclass
class Order:
    """The order of `count` tiles, an epoch after the other.

    Each epoch is its own permutation. With `weights` it shows tile i ⌊w⌋ or ⌈w⌉ times, where
    w = count · weights[i] (systematic sampling): on average exactly w times, and never by chance
    alone not at all where w is 1 or more.

    Attributes
    ----------
    name : of what is ordered, where a data set has several orders; it becomes part of the seeds
    weights : float64 (count,), sum 1; None: all alike
    """

    count: int
    seed: int
    name: Sequence[str] = ()
    weights: np.ndarray | None = None
    epochs: dict[int, np.ndarray] = field(default_factory=dict)  # the last batch's

    def places(self, first: int, size: int) -> list[Place]:
        """Return the tiles number `first`, `first` + 1, …, counted over all epochs."""
        slots = [divmod(first + k, self.count) for k in range(size)]
        known, needed = self.epochs, {epoch for epoch, _ in slots}
        # Those of the last batch are often the next one's too.
        self.epochs = {e: known[e] if e in known else self._epoch(e) for e in needed}
        return [self._place(epoch, slot) for epoch, slot in slots]

    def _place(self, epoch: int, slot: int) -> Place:
        tile = int(self.epochs[epoch][slot])
        # An epoch may show a tile twice where it draws, turned otherwise.
        again = () if self.weights is None else (slot,)
        return Place(tile, (*self.name, epoch, tile, *again))

    def _epoch(self, epoch: int) -> np.ndarray:
        random = generator(self.seed, "order", *self.name, epoch)
        if self.weights is None:
            return random.permutation(self.count)
        points = (np.arange(self.count) + random.random()) / self.count
        chosen = np.searchsorted(np.cumsum(self.weights), points, side="right")
        return random.permutation(chosen.clip(max=self.count - 1))
