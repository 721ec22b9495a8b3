"""The questions that utility answers, each in one sentence with its numbers."""

from collections.abc import Mapping

import numpy as np

from cytoforge.config.utility import REAL_ROW, RERENDERED, SYNTHETIC
from cytoforge.metrics.intervals import Bounds, Pooled, bounds
from cytoforge.metrics.utility.row_counts import AHEAD, RATIO, RowCounts, beside, f1_of
from cytoforge.metrics.verdicts import Verdict

ENOUGH = 0.9
"""Synthetic images stand in for real ones from this part of their F1 on."""
NOT_WORSE = 0.01
"""An F1 that is lower by no more than this is not worse: one object in a hundred."""
HELPS = 1e-9
"""What more than nothing is, but for rounding."""

Rows = Mapping[str, RowCounts]


def answers(rows: Rows, confidence: float, noun: str) -> list[Verdict]:
    """Return a verdict per question of which the rows are there.

    `passed` follows the whole interval, or the values of all of a few units: True where all of it
    says yes, False where all of it says no, None where it says both, or where there is only one.

    Parameters
    ----------
    rows : by name; `real_100` must be there
    noun : what an independent unit is called
    """
    real, found = rows[REAL_ROW.name], []
    for name, words in ((SYNTHETIC, "Synthetic alone"), (RERENDERED, "Real maps, re-rendered")):
        if name in rows:
            found.append(_alone(rows[name], real, words, confidence, noun))
    mixed = [row for row in rows.values() if row.row.real == 1 and row.row.other]
    found += [_not_worse(row, real, confidence, noun) for row in mixed]
    added = [row for row in rows.values() if 0 < row.row.real < 1 and row.row.other]
    found += [_adds(row, rows, confidence, noun) for row in reversed(added)]
    return found


def headline(rows: Rows) -> str:
    """Return the answer in a sentence or two: how good synthetic images alone are, what they add,
    and whether it is the images or the maps that lose."""
    real = value_of(rows[REAL_ROW.name])
    if SYNTHETIC not in rows:
        return f"A segmenter that has learned from real images reaches F1 {real:.3f}."
    made = value_of(rows[SYNTHETIC])
    mixed = next(row for row in rows.values() if row.row.real == 1 and row.row.other)
    text = (
        f"A segmenter that has learned from synthetic images alone reaches F1 {made:.3f} on real"
        f" ones, and {real:.3f} when it has learned from real ones"
        f"{f' ({100 * made / real:.0f} %)' if real else ''}; from both it reaches"
        f" {value_of(mixed):.3f}."
    )
    if RERENDERED not in rows or made >= real:
        return text
    again = value_of(rows[RERENDERED])
    return (
        f"{text} Of the {real - made:.3f} between them the generated images cost"
        f" {_signed(real - again)} (the real maps, re-rendered, reach {again:.3f}) and the new maps"
        f" {_signed(again - made)}."
    )


def passed(chance: Bounds, threshold: float) -> bool | None:
    """Return whether all of an interval, or all of a few values, reach a threshold.

    >>> passed(Bounds(0.91, 0.95, "range of 2 images", (0.91, 0.95)), 0.9)
    True
    >>> passed(Bounds(0.85, 0.95, "95 % t interval of 8 images"), 0.9) is None
    True
    """
    if chance.low is None or chance.high is None:
        return None
    return True if chance.low >= threshold else False if chance.high < threshold else None


def value_of(row: RowCounts) -> float:
    """Return the F1 of all images and seeds together."""
    return float(f1_of(row.sums.sum(0)))


def against(
    mine: RowCounts, other: RowCounts, statistic: Pooled, confidence: float, noun: str
) -> tuple[float, Bounds]:
    """Return `AHEAD` or `RATIO` of two rows, and what chance does to it."""
    sums = beside(mine, other)
    return float(statistic.of(sums.sum(0))), bounds(sums, statistic, confidence, noun)


def _alone(row: RowCounts, real: RowCounts, words: str, confidence: float, noun: str) -> Verdict:
    ratio, chance = against(row, real, RATIO, confidence, noun)
    if np.isnan(ratio):
        return Verdict(words, None, "Trained on real images it finds nothing: train it for longer.")
    limits = _percents(chance)
    text = (
        f"F1 {_with_seeds(row)} is {100 * ratio:.1f} % of the {_with_seeds(real)} that real"
        f" images reach{limits}; {100 * ENOUGH:g} % is asked for."
    )
    return Verdict(f"{words} as good as real", passed(chance, ENOUGH), text)


def _not_worse(row: RowCounts, real: RowCounts, confidence: float, noun: str) -> Verdict:
    ahead, chance = against(row, real, AHEAD, confidence, noun)
    text = (
        f"F1 {_with_seeds(row)} against {_with_seeds(real)}, {_signed(ahead)}"
        f"{_limits(chance)}; not below −{NOT_WORSE:g} is asked for."
    )
    name = f"Real + synthetic 1:{row.row.ratio:g} not worse than real"
    return Verdict(name, passed(chance, -NOT_WORSE), text)


def _adds(row: RowCounts, rows: Rows, confidence: float, noun: str) -> Verdict:
    alone = next(one for one in rows.values() if one.row.real == row.row.real and not one.row.other)
    ahead, chance = against(row, alone, AHEAD, confidence, noun)
    part = f"{100 * row.row.real:g} %"
    text = (
        f"with {part} of the real data synthetic images change F1 {_with_seeds(alone)} by"
        f" {_signed(ahead)}{_limits(chance)}."
    )
    return Verdict(f"Synthetic images help at {part} of real", passed(chance, HELPS), text)


def _with_seeds(row: RowCounts) -> str:
    """Return a row's F1 with the least and the greatest of its seeds."""
    low, high = row.by_seed.min(), row.by_seed.max()
    seeds = f" (seeds {low:.3f} to {high:.3f})" if len(row.by_seed) > 1 else ""
    return f"{value_of(row):.3f}{seeds}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _limits(chance: Bounds) -> str:
    """Return what chance does to a difference, as a part of a sentence."""
    if chance.low is None or chance.high is None:
        return ""
    values = chance.unit_values or (chance.low, chance.high)
    joined = (", " if chance.unit_values else " to ").join(map(_signed, values))
    return f" ({chance.interval}: {joined})"


def _percents(chance: Bounds) -> str:
    """Return what chance does to a ratio, as a part of a sentence."""
    if chance.low is None or chance.high is None:
        return ""
    values = chance.unit_values or (chance.low, chance.high)
    joined = (", " if chance.unit_values else " to ").join(f"{100 * one:.1f} %" for one in values)
    return f" ({chance.interval}: {joined})"
