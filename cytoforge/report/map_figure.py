"""Figures on drawn label maps: how far each measure is from real maps, and pair correlation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from cytoforge.report.drawing import INK, MUTED, SPINE, colour_of, legend, panels, publish, styled
from cytoforge.report.numbers import tick_label

ROW_IN = 0.185
LEAST = 0.005  # SDs: what is nearer is drawn there
MARKS: dict[str, dict[str, Any]] = {
    "made": {"marker": "o", "color": colour_of(0), "markersize": 5.5},
    "perturbed": {"marker": "s", "color": colour_of(2), "markersize": 3.6},
    "uniform": {"marker": "D", "color": colour_of(1), "markersize": 3.6},
    "real_vs_real": {"marker": "|", "color": INK, "markersize": 8, "markeredgewidth": 1.6},
}
"""How each series is drawn, everywhere."""
LINES: dict[str, dict[str, Any]] = {
    "real": {"color": INK, "linewidth": 1.6},
    "made": {"color": colour_of(0), "linewidth": 1.6},
    "perturbed": {"color": colour_of(2), "linestyle": (0, (1, 1.2))},
    "uniform": {"color": colour_of(1), "linestyle": (0, (5, 2))},
}


@styled
def distance_figure(
    figures: Path, name: str, table: pd.DataFrame, series: Mapping[str, str]
) -> Markup:
    """Draw a line per measure with a mark per series, at its distance in SDs of real values."""
    known = table[table["value_sd"].notna()]
    labels = list(dict.fromkeys(known["label"]))
    places = {label: k for k, label in enumerate(labels)}
    figure, (axes,) = panels(1, 1, max(ROW_IN * len(labels), 1) + 0.6)
    reach = known.groupby("label", sort=False)["value_sd"].agg(["min", "max"]).clip(lower=LEAST)
    axes.hlines([places[label] for label in reach.index], reach["min"], reach["max"], color=SPINE)
    for key in reversed(list(series)):  # what is judged lies above the rest
        own = known[known["series"] == key]
        at = [places[label] for label in own["label"]]
        axes.plot(own["value_sd"].clip(lower=LEAST), at, linestyle="", **MARKS[key])
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda value, _: tick_label(float(f"{value:.3g}")))
    axes.set_yticks(range(len(labels)), labels, color=INK)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlabel("distance from real maps, in SDs of real values: nearer is left")
    _between_families(axes, known, places)
    legend(figure, [(words, {"linestyle": "", **MARKS[key]}) for key, words in series.items()])
    words = f"Distances of {len(labels)} measures of {name} and its baselines from real maps"
    return publish(figure, figures, f"map_quality_{name}", words)


def _between_families(axes: Axes, table: pd.DataFrame, places: Mapping[str, int]) -> None:
    families = table.groupby("family", sort=False)["label"].first()
    for label in families.iloc[1:]:
        axes.axhline(places[label] - 0.5, color=MUTED, linewidth=0.6)


@styled
def correlation_figure(
    figures: Path, name: str, curves: pd.DataFrame, series: Mapping[str, str]
) -> Markup:
    """Draw g(r) of each kind of objects: a line for real maps and for each source."""
    kinds = list(dict.fromkeys(curves["object"]))
    figure, axes = panels(len(kinds), max(len(kinds), 2), 2.2)
    for panel, kind in zip(axes, kinds, strict=True):
        own = curves[curves["object"] == kind]
        for key, style in LINES.items():
            line = own[own["series"] == key]
            if line["g"].notna().any():
                panel.plot(line["r_px"], line["g"], **style)
        panel.axhline(1, color=MUTED, linewidth=0.6)
        panel.set(title=str(kind).replace("_", " "), xlabel="distance (px)", ylim=(0, None))
        panel.set_xlim(0, float(np.nanmax(own["r_px"])))
    axes[0].set_ylabel("pair correlation g")
    drawn = {"real": "real maps, held out", **series}
    legend(figure, [(drawn[key], style) for key, style in LINES.items() if key in drawn])
    words = f"Pair correlation of the objects of {name} beside real maps"
    return publish(figure, figures, f"pair_correlation_{name}", words)
