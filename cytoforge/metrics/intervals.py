"""How far chance reaches: a t interval from six independent units on, below it their values.

A unit is what was drawn independently: an image, or what the split keeps together (a patient, the
slices of one volume). With fewer than six the interval of any method is wide or wrong: resampled
means of three images lie between the least and the greatest of them, and cover 74 % where 95 % are
asked. So few are shown one by one, and nothing is called significantly different.

The interval is value ± t SD, SD that of the delete-one-unit jackknife (Tukey 1958; Efron and Stein
1981), which holds for means, pooled ratios (F1) and paired differences alike. Units of unequal
size count as fewer: Student's t has (Σw)² / Σw² - 1 degrees of freedom (Kish 1965), w the sizes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

FEWEST = 6
# A Fréchet distance bends with the size of its sets, so that leaving out one of a few says little.
FEWEST_OF_SETS = 10


@dataclass(frozen=True)
class Pooled:
    """A statistic of sums over units: a mean of its sum and count, an F1 of its counts.

    of : sums (..., *columns) -> values (...)
    size : sums (..., *columns) -> how much each unit counts, (...); units of size 0 do not
    least, greatest : possible values; an interval promises nothing beyond them
    """

    of: Callable[[np.ndarray], np.ndarray]
    size: Callable[[np.ndarray], np.ndarray]
    least: float = -np.inf
    greatest: float = np.inf


@dataclass(frozen=True)
class Bounds:
    """What chance does to a value.

    interval : what `low` and `high` are: "95 % t interval of 8 images", "range of 3 images", or ""
        where there are neither (one unit, a value that no units make up)
    unit_values : of each unit in the order of their names, where they are too few for an interval
    """

    low: float | None = None
    high: float | None = None
    interval: str = ""
    unit_values: tuple[float, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether this is an interval, so that something may be called significant."""
        return self.low is not None and not self.unit_values

    def below(self, other: "Bounds") -> bool:
        """Whether this interval ends before another begins; False where either is none."""
        if not (self.certain and other.certain) or self.high is None or other.low is None:
            return False
        return self.high < other.low

    def cells(self) -> dict[str, float | str | None]:
        """Return the cells of a table: low, high, interval, unit_values (with blanks between).

        >>> Bounds(0.25, 0.5, "range of 2 images", (0.5, 0.25)).cells()["unit_values"]
        '0.5 0.25'
        """
        values = " ".join(f"{value:.6g}" for value in self.unit_values)
        named = {"low": self.low, "high": self.high, "interval": self.interval}
        return {**named, "unit_values": values}


NO_BOUNDS = Bounds()
CELLS = tuple(NO_BOUNDS.cells())
"""The columns that `Bounds.cells` fills."""


@dataclass(frozen=True)
class Jackknife:
    """A statistic with each unit left out in turn, (units,), and the degrees of freedom."""

    left_out: np.ndarray
    freedom: float

    def interval(self, value: float, confidence: float) -> tuple[float, float]:
        """Return the t interval around a value."""
        reach = t_reach(self.freedom, jackknife_sd(self.left_out), confidence)
        return value - reach, value + reach


def jackknife(sums: np.ndarray, statistic: Pooled) -> Jackknife:
    """Leave out each unit of `sums` (units, *columns) in turn.

    Of means the jackknife's SD is the usual standard error, here that of 1, 2, 3 and 6:

    >>> values = np.array([1.0, 2, 3, 6])
    >>> found = jackknife(np.stack([values, np.ones(4)], -1), MEAN)
    >>> float(round(jackknife_sd(found.left_out) / (values.std(ddof=1) / 2), 9)), found.freedom
    (1.0, 3.0)
    """
    return Jackknife(statistic.of(sums.sum(0) - sums), freedom_of(statistic.size(sums)))


def freedom_of(sizes: np.ndarray) -> float:
    """Return the degrees of freedom of units of these sizes, (Σw)² / Σw² - 1 (Kish 1965).

    >>> freedom_of(np.array([8, 8, 8])), freedom_of(np.array([16, 4, 4]))
    (2.0, 1.0)
    """
    return float(sizes.sum() ** 2 / (sizes**2).sum() - 1)


def t_reach(freedom: float, sd: float, confidence: float) -> float:
    """Return how far a t interval reaches to each side of its value."""
    return float(stdtrit(freedom, (1 + confidence) / 2)) * sd


def jackknife_sd(left_out: np.ndarray) -> float:
    """Return the SD of a statistic from its values with each unit left out, (units,)."""
    k = len(left_out)
    return float(np.sqrt((k - 1) / k * ((left_out - left_out.mean()) ** 2).sum()))


def bounds(sums: np.ndarray, statistic: Pooled, confidence: float, noun: str = "image") -> Bounds:
    """Return what chance does to a statistic of `sums` (units, *columns).

    noun : what a unit is called
    """
    sums = sums[statistic.size(sums) > 0]
    if len(sums) < FEWEST:
        return _few(statistic.of(sums), noun) if len(sums) else NO_BOUNDS
    found = jackknife(sums, statistic)
    if not np.isfinite(found.left_out).all():  # all of it comes from one unit
        return NO_BOUNDS
    low, high = found.interval(float(statistic.of(sums.sum(0))), confidence)
    low, high = max(low, statistic.least), min(high, statistic.greatest)
    return Bounds(low, high, t_interval_of(len(sums), confidence, noun))


def _few(values: np.ndarray, noun: str) -> Bounds:
    """Return the range of the values of a few units, those that have one."""
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return NO_BOUNDS
    kind = f"range of {len(values)} {noun}s"
    return Bounds(float(values.min()), float(values.max()), kind, tuple(values.tolist()))


def t_interval_of(units: int, confidence: float, noun: str = "image") -> str:
    """Return the words for a t interval.

    >>> t_interval_of(8, 0.95)
    '95 % t interval of 8 images'
    """
    return f"{100 * confidence:g} % t interval of {units} {noun}s"


def unit_noun(units: np.ndarray, images: np.ndarray) -> str:
    """Return what a unit is called: an image, or a group of what the split keeps together.

    >>> unit_noun(np.array(["patient1", "patient1"]), np.array(["slice1", "slice2"]))
    'group'
    """
    return "image" if np.array_equal(units, images) else "group"


def mean_sums(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return sum and count of the values (n,) of each unit (n,), in the order of their names."""
    _, unit = np.unique(units, return_inverse=True)
    return np.stack([np.bincount(unit, values), np.bincount(unit)], -1)


def f1(counts: np.ndarray) -> np.ndarray:
    """Return F1 of counts (..., 3) of true positives, false positives and misses; of nothing to
    find and nothing found 1, as `match_instances` does.

    8 found, 2 extra, 2 missed:

    >>> float(f1(np.array([8.0, 2, 2])))
    0.8
    """
    total = _objects(counts)
    return np.where(total > 0, 2 * counts[..., 0] / np.maximum(total, 1), 1.0)


def _objects(counts: np.ndarray) -> np.ndarray:
    return counts @ np.array([2.0, 1.0, 1.0])


MEAN = Pooled(lambda sums: sums[..., 0] / sums[..., 1], lambda sums: sums[..., 1])
MEAN_OF_POSITIVE = Pooled(MEAN.of, MEAN.size, least=0.0)
POOLED_F1 = Pooled(f1, _objects, 0.0, 1.0)
