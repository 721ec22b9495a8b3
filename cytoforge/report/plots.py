"""What is drawn into the panels of a figure: curves, bars, boxes, histograms, dots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cbook import boxplot_stats
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from cytoforge.metrics.intervals import Bounds
from cytoforge.metrics.metric import CLASS_MEANS, GRAINY_MEANS, TRIVIAL
from cytoforge.report.drawing import GRID, INK, MUTED, colour_of, finite, styled
from cytoforge.report.numbers import number, tick_label

MAX_FLIERS = 40  # points drawn beyond the whiskers of one box, the farthest first
NAME_CHARACTERS = 18
BASELINES: dict[str, dict[str, Any]] = {
    TRIVIAL[CLASS_MEANS]: {"color": INK, "linestyle": (0, (5, 2.5)), "linewidth": 0.9},
    TRIVIAL[GRAINY_MEANS]: {"color": INK, "linestyle": (0, (1, 1)), "linewidth": 0.7},
    "two real sets": {"color": INK, "linestyle": (0, (1.2, 2)), "linewidth": 1.1},
    "chance": {"color": MUTED, "linestyle": (0, (4, 1.5, 1, 1.5)), "linewidth": 0.9},
}
"""How the lines of the baselines are drawn, everywhere."""
INTERVAL: dict[str, Any] = {"linewidth": 1.3}
UNITS: dict[str, Any] = {"linestyle": "", "marker": "x", "markersize": 3.2}


@dataclass(frozen=True)
class Curve:
    """One named line; `colour` is its place in the palette."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: int


@dataclass(frozen=True)
class Dot:
    """One model: its value, what chance does to it, and what is written at its end (its rank)."""

    name: str
    value: float | None
    bounds: Bounds
    colour: int
    end: str = ""


def whiskers(bounds: Bounds) -> list[tuple[Sequence[float], dict[str, Any]]]:
    """Return what is drawn of chance, with its style: the line of an interval, or a point for each
    of a few units."""
    if bounds.low is None or bounds.high is None:
        return []
    if bounds.certain:
        return [((bounds.low, bounds.high), INTERVAL)]
    return [(bounds.unit_values, UNITS)]


def whisker_entries(drawn: Sequence[Bounds]) -> list[tuple[str, dict[str, Any]]]:
    """Return the entries of a legend that say what the whiskers are, each once.

    >>> [words for words, _ in whisker_entries([Bounds(1, 2, "range of 2 images", (1, 2))] * 3)]
    ['range of 2 images, a point each']
    """
    kinds = {one.interval: one.certain for one in drawn if one.interval}
    return [
        (kind, {"color": INK, **INTERVAL})
        if certain
        else (f"{kind}, a point each", {"color": INK, **UNITS})
        for kind, certain in kinds.items()
    ]


def short_name(name: str, most: int = NAME_CHARACTERS) -> str:
    """Return a name that fits beside an axis.

    >>> short_name("p7"), short_name("a_very_long_name_of_a_model")
    ('p7', 'a_very_long_name_…')
    """
    return name if len(name) <= most else name[: most - 1] + "…"


@styled
def curves(axes: Axes, lines: Sequence[Curve], *, log: bool = False, dots: bool = False) -> None:
    """Draw lines over training steps, with a legend where there are several."""
    for line in lines:
        colour = colour_of(line.colour)
        axes.plot(
            *(line.x, line.y), color=colour, label=line.name,
            marker="o" if dots or len(line.x) == 1 else "", markersize=2.5,
        )  # fmt: skip
    if log and any(y > 0 for line in lines for y in line.y):
        axes.set_yscale("log")
        readable_log(axes)
    if len(lines) > 1:
        axes.legend(loc="best", fontsize=6.5, ncols=1 + (len(lines) > 4))
    axes.set_xlabel("step")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def readable_log(axes: Axes) -> None:
    """Write plain numbers at a logarithmic y axis, more of them where it spans little."""
    low, high = axes.get_ylim()
    decades = np.log10(high / low) if low > 0 else 1
    steps: tuple[float, ...] = (1,) if decades > 3 else (1, 3) if decades > 1.5 else (1, 2, 5)
    if decades < 0.7:
        steps = (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=steps, numticks=12))
    axes.yaxis.set_major_formatter(lambda value, _: tick_label(float(f"{value:.6g}")))
    axes.yaxis.set_minor_formatter(NullFormatter())


@styled
def histogram(axes: Axes, counts: Sequence[int], edges: Sequence[float], colour: int = 0) -> None:
    """Draw bars of counts between edges."""
    axes.stairs(counts, edges, fill=True, color=colour_of(colour), alpha=0.85)
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(5))


@styled
def bars(
    axes: Axes,
    names: Sequence[str],
    values: Sequence[float | None],
    *,
    bounds: Sequence[Bounds] = (),
    colours: Sequence[int] | None = None,
) -> None:
    """Draw one bar per name with its whisker, – where there is no value."""
    for k, value in enumerate(values):
        if value is None or not np.isfinite(value):
            axes.text(k, 0, "–", ha="center", va="bottom")
            continue
        colour = colour_of(k if colours is None else colours[k])
        axes.bar(k, value, 0.62, color=colour, alpha=0.85)
        for ends, style in whiskers(bounds[k]) if bounds else ():
            axes.plot([k] * len(ends), ends, color=INK, **style)
    axes.set_xlim(-0.6, max(len(names), 2) - 0.4)
    axes.set_xticks(range(len(names)), names)
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_locator(MaxNLocator(4))


@styled
def boxes(
    axes: Axes,
    groups: Sequence[str],
    values: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    points: bool = False,
) -> None:
    """Draw boxes (quartiles, whiskers to 1.5 IQR, points beyond), one group of them per name.

    values : series → group → values; what is missing is left out
    points : draw every value, for boxes of few values
    """
    for k, found in enumerate(values.values()):
        colour = colour_of(k)
        places = dodged(k, len(values), len(groups))
        for place, group in zip(places, groups, strict=True):
            known = np.array(finite(found.get(group, ())))
            if len(known):
                _box(axes, place, 0.62 / max(len(values), 2), known, colour, points)
    _group_axis(axes, groups)


def _box(
    axes: Axes, place: float, width: float, values: np.ndarray, colour: str, points: bool
) -> None:
    (stats,) = boxplot_stats(values)
    shown = values if points else stats["fliers"]
    order = np.argsort(-np.abs(shown - stats["med"]), kind="stable")
    line = {"color": colour, "linewidth": 1}
    axes.bxp(
        [{**stats, "fliers": []}], positions=[place], widths=width, patch_artist=True,
        boxprops={"facecolor": colour, "edgecolor": colour, "alpha": 0.35},
        medianprops={**line, "linewidth": 1.8}, whiskerprops=line, showcaps=False,
        showfliers=False, manage_ticks=False,
    )  # fmt: skip
    far = shown[order][:MAX_FLIERS]
    size = 2.6 if points else 1.8
    axes.plot([place] * len(far), far, "o", color=colour, alpha=0.6, markersize=size, mew=0)


@styled
def mean_sd(
    axes: Axes, groups: Sequence[str], spreads: Mapping[str, Mapping[str, tuple[float, float]]]
) -> None:
    """Draw mean ± SD, one group of points per name; spreads : series → group → (mean, SD)."""
    for k, found in enumerate(spreads.values()):
        places = dodged(k, len(spreads), len(groups))
        for place, group in zip(places, groups, strict=True):
            if group in found:
                mean, sd = found[group]
                axes.errorbar(
                    place, mean, sd, color=colour_of(k), marker="o", markersize=3.2,
                    capsize=2.5, linewidth=1,
                )  # fmt: skip
    _group_axis(axes, groups)


def _group_axis(axes: Axes, groups: Sequence[str]) -> None:
    axes.set_xticks(range(len(groups)), groups)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.grid(visible=False, axis="x")


def dodged(index: int, count: int, groups: int) -> list[float]:
    """Return the places of series `index` of `count`, side by side within each group.

    >>> dodged(0, 2, 1), dodged(1, 2, 1)
    ([-0.18], [0.18])
    """
    return [round(k + 0.72 * ((index + 0.5) / count - 0.5), 4) for k in range(groups)]


@styled
def dots(axes: Axes, lines: Sequence[Dot], *, names: bool = True) -> None:
    """Draw one line per model, top to bottom: a dot with its whisker, and its rank at the end."""
    for y, line in enumerate(lines):
        if line.value is None:
            axes.text(0.02, y, "–", transform=axes.get_yaxis_transform(), va="center")
            continue
        colour = colour_of(line.colour)
        for ends, style in whiskers(line.bounds):
            axes.plot(ends, [y] * len(ends), color=colour, **style)
        axes.plot([line.value], [y], "o", color=colour, markersize=4)
        axes.text(1.02, y, line.end, transform=axes.get_yaxis_transform(), va="center", color=INK)
    axes.set_yticks(range(len(lines)), [short_name(line.name) for line in lines] if names else [])
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.margins(x=0.08)
    axes.grid(visible=True, color=GRID)
    axes.xaxis.set_major_locator(MaxNLocator(4))


def mark(axes: Axes, at: float | None, kind: str, *, vertical: bool) -> None:
    """Draw the line of a baseline, where it has a value."""
    if at is not None and np.isfinite(at):
        draw = axes.axvline if vertical else axes.axhline
        draw(at, zorder=1, **BASELINES[kind])


def mark_value(axes: Axes, at: float, words: str = "") -> None:
    """Draw a vertical line at a value, with a few words beside it."""
    axes.axvline(at, color=INK, linewidth=0.9, linestyle=(0, (4, 2.5)))
    if words:
        low, high = axes.get_xlim()
        right = at > (low + high) / 2
        axes.annotate(
            words, (at, 1), xycoords=("data", "axes fraction"), va="top", color=INK, fontsize=6.5,
            xytext=(-3 if right else 3, -1), textcoords="offset points",
            ha="right" if right else "left",
        )  # fmt: skip


def values_in_words(names: Sequence[str], values: Sequence[float | None]) -> str:
    """Return what a screen reader says of a few values.

    >>> values_in_words(["a", "b"], [0.5, None])
    'a 0.500, b –'
    """
    return ", ".join(f"{n} {number(v)}" for n, v in zip(names, values, strict=True))
