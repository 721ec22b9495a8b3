"""The curve of utility: F1 on held-out real images over the fraction of the real data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes

from cytoforge.metrics.intervals import Bounds
from cytoforge.metrics.score_tables import read_bounds
from cytoforge.report.drawing import INK, colour_of, legend, panels, publish, styled
from cytoforge.report.plots import whisker_entries, whiskers

SIDE_BY_SIDE = 1.1  # percent of the real data between the whiskers of two series
SEEDS: dict[str, Any] = {"linewidth": 3.5, "alpha": 0.3, "solid_capstyle": "butt"}


@styled
def draw_curve(
    curve: pd.DataFrame, marks: Sequence[dict[Any, Any]], folder: Path, name: str
) -> Markup:
    """Draw the curve, write it as <name>.svg and .pdf, and return it for the page.

    Whiskers are what chance over images does; thick bars span the seeds.

    Parameters
    ----------
    curve : curve.csv of `metrics.utility.weigh`
    marks : levels drawn across, {words, f1}: of rows without real images that no series has
    """
    figure, (axes,) = panels(1, 1, 2.9)
    entries: list[tuple[str, dict[str, Any]]] = []
    drawn: list[Bounds] = []
    for number, (series, part) in enumerate(curve.groupby("series", sort=False)):
        drawn += _series(axes, part, number, SIDE_BY_SIDE * number)
        entries.append((str(series), {"color": colour_of(number)}))
    for mark in marks:
        axes.axhline(mark["f1"], color=INK, linestyle=(0, (5, 2.5)), linewidth=0.9)
        entries.append((mark["words"], {"color": INK, "linestyle": (0, (5, 2.5))}))
    axes.set(xlabel="real data learned from (% of its area)", ylabel="F1 on held-out real images")
    axes.set_xlim(-3, 105)
    axes.set_xticks(sorted({round(100 * real, 1) for real in curve["real"]}))
    legend(figure, [*entries, *whisker_entries(drawn)])
    label = f"F1 on held-out real images over the fraction of real data, {name}"
    return publish(figure, folder, name, label)


def _series(axes: Axes, part: pd.DataFrame, number: int, shift: float) -> list[Bounds]:
    """Draw a line through the points of a series, with whiskers and seeds; return the bounds."""
    colour = colour_of(number)
    rows = part.sort_values("real").to_dict("records")
    places = [100 * row["real"] + shift for row in rows]
    axes.plot(places, [row["f1"] for row in rows], ".-", color=colour)
    drawn = []
    for place, row in zip(places, rows, strict=True):
        chance = read_bounds(row)
        drawn.append(chance)
        for ys, style in whiskers(chance):
            axes.plot([place] * len(ys), ys, color=colour, **style)
        seeds = row["f1_least_seed"], row["f1_greatest_seed"]
        axes.plot([place] * 2, seeds, color=colour, **SEEDS)
    return drawn
