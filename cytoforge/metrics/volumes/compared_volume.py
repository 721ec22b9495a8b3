"""One real volume and what was made of its labels, compared while their slices pass by once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf

import numpy as np

from cytoforge.errors import UserError
from cytoforge.metrics.volumes.body_ms_ssim import body_ms_ssim
from cytoforge.metrics.volumes.hounsfield import HIGHEST, LOWEST, Differences, OrganSums
from cytoforge.metrics.volumes.neighbours import Neighbours, ratio_to_real
from cytoforge.metrics.volumes.real_volume import ClassMeans
from cytoforge.metrics.volumes.reslices import REAL, Reslices
from cytoforge.volumes.body import find_body, picture_zooms_mm
from cytoforge.volumes.mask_stack import MaskStack
from cytoforge.volumes.sidecar import HU
from cytoforge.volumes.slice_store import SliceStore

MADE, MEANS = "made", "class means"


@dataclass(frozen=True)
class Opened:
    """A real volume, unpacked, with all that was made of its labels on the same grid.

    Attributes
    ----------
    made : by the number of the sample
    body : of the real volume, a mask per slice from 1 on
    numbers : of the slices that were made, in their order
    means : of the trivial volume
    unit : of the values, `volumes.sidecar.HU`, or `GREY_VALUES` of MR
    window : values that become 0 and 1
    """

    real: SliceStore
    labels: SliceStore
    made: Mapping[str, SliceStore]
    body: MaskStack
    numbers: Sequence[int]
    means: ClassMeans
    unit: str
    window: tuple[float, float]

    @property
    def in_hu(self) -> bool:
        """Whether values are Hounsfield units."""
        return self.unit == HU

    @property
    def range(self) -> tuple[float, float]:
        """What values are clipped to where they are compared: SynthRAD's, or the window."""
        return (LOWEST, HIGHEST) if self.in_hu else self.window

    def slices(self, name: str) -> Iterator[np.ndarray]:
        """Yield the slices of a sample, or of the trivial volume, that were made."""
        for number in self.numbers:
            yield self.slice_of(name, number)

    def slice_of(self, name: str, number: int) -> np.ndarray:
        """Return a slice, float32 (Y, X), of `real`, of a sample, or of `class means`."""
        if name == MEANS:
            return self.means.filled(self.labels.picture(number))
        store = self.real if name == REAL else self.made[name]
        return store.picture(number).astype(np.float32)

    def grey(self, values: np.ndarray) -> np.ndarray:
        """Return values of the window as 8 bits, which hold planes across all slices in little
        memory."""
        low, high = self.window
        return np.rint(255 * np.clip((values - low) / (high - low), 0, 1)).astype(np.uint8)


class Compared:
    """Sums over the slices of one made volume against the real one."""

    def __init__(self, opened: Opened) -> None:
        self.range = opened.range
        # MR has no unit: nothing says which of its values are out of range.
        self.differences = Differences(*(self.range if opened.in_hu else (-inf, inf)))
        self.neighbours = Neighbours(self.range[1] - self.range[0])
        self.organs = OrganSums()
        self._ms_ssim: list[float] = []

    def add(
        self, number: int, made: np.ndarray, real: np.ndarray, labels: np.ndarray, body: np.ndarray
    ) -> None:
        """Take a slice of both."""
        self.differences.add(made, real, body)
        self.neighbours.add(number, made, body)
        self.organs.add(made, labels)
        similar = body_ms_ssim(made, real, body, *self.range)
        if similar is not None:
            self._ms_ssim.append(similar)

    @property
    def ms_ssim(self) -> float | None:
        """Mean over the slices; None where the body is too small in all of them."""
        return float(np.mean(self._ms_ssim)) if self._ms_ssim else None


@dataclass(frozen=True)
class Found:
    """What was found of a volume.

    Attributes
    ----------
    by_name : of each sample, and of the trivial volume
    real : neighbours and organs of the real volume; its differences are empty
    between : differences of each two samples
    reslices : patches of all of them
    """

    by_name: Mapping[str, Compared]
    real: Compared
    between: Sequence[Differences]
    reslices: Reslices

    def ratios(self, name: str) -> list[float | None]:
        """Return how slices change, and how alike neighbours are, beside the real volume."""
        mine, real = self.by_name[name].neighbours, self.real.neighbours
        return [
            ratio_to_real(mine.difference, real.difference),
            ratio_to_real(mine.ssim, real.ssim),
        ]


def compare(opened: Opened, side_px: int) -> Found:
    """Compare what was made with the real volume; memory holds some slices of each.

    side_px : of the patches that networks see
    """
    names = [*opened.made, MEANS]
    by_name, real = {name: Compared(opened) for name in names}, Compared(opened)
    pairs = {pair: Differences(-inf, inf) for pair in combinations(opened.made, 2)}
    reslices = _reslices(opened, side_px)
    for number in opened.numbers:
        body, labels = opened.body[number - 1], opened.labels.picture(number)
        slices = {name: opened.slice_of(name, number) for name in (REAL, *names)}
        real.neighbours.add(number, slices[REAL], body)
        real.organs.add(slices[REAL], labels)
        for name, compared in by_name.items():
            compared.add(number, slices[name], slices[REAL], labels, body)
        for (one, other), between in pairs.items():
            between.add(slices[one], slices[other], body)
        # Samples of the same labels are no further draws of a set: the first one is in it.
        seen = {REAL: REAL, MADE: names[0], MEANS: MEANS}
        reslices.add(number, {key: opened.grey(slices[one]) for key, one in seen.items()}, body)
    reslices.end_run()
    return Found(by_name, real, list(pairs.values()), reslices)


def _reslices(opened: Opened, side_px: int) -> Reslices:
    rows, cols = (np.zeros(n, np.int64) for n in opened.body.shape)
    for number in opened.numbers:
        plane = opened.body[number - 1]
        rows, cols = rows + plane.sum(1), cols + plane.sum(0)
    grid, axis = opened.real.grid, opened.real.axis
    return Reslices(grid, axis, opened.numbers, rows, cols, side_px)


def body_dice(opened: Opened, name: str) -> float:
    """Return how the body in a made CT agrees with the real one; 0 where it has none.

    Only slices that were made are looked at, one on the other: blocks that lie apart would be
    pieces, of which the largest is taken.
    """
    zooms_mm = picture_zooms_mm(opened.real.grid, opened.real.axis)
    try:
        found = find_body(lambda: opened.slices(name), zooms_mm)
    except UserError:
        return 0.0
    shared = total = 0
    for plane, number in zip(found, opened.numbers, strict=True):
        body = opened.body[number - 1]
        shared += int((plane & body).sum())
        total += int(plane.sum()) + int(body.sum())
    return 2 * shared / total
