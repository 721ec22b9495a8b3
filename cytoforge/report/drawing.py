"""Figures of the page: drawn by matplotlib, kept as SVG and PDF, and shown in the page's colours.

A figure is drawn once, in the colours of the light page. Its files can go into a paper as they are:
text stays text, sizes are in points, and the same numbers give the same bytes. In the page every
colour becomes the page's variable of that name, so that the figure is readable in light and dark.
"""

import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from cytoforge.jobs.atomic import atomic_path
from cytoforge.report.figure_font import FAMILIES, REDUCED, register_figure_font

WIDTH_IN = 7.2  # two columns of a journal's page
INK, MUTED, GRID, SPINE = "#1c2126", "#5b656f", "#e2e4e2", "#c6cac8"
# The palette of the page, readable with the common types of colour blindness (Okabe and Ito).
PALETTE = (
    *("#0072b2", "#d55e00", "#009e73", "#b5588f"),
    *("#c98a00", "#3a9bd6", "#7a6a4f", "#6a51a3"),
)
SPACING: Any = {"w_pad": 0.06, "h_pad": 0.06, "hspace": 0.04, "wspace": 0.04}  # inches, fractions
VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--line", SPINE: "--strong"} | {
    colour: f"--s{k}" for k, colour in enumerate(PALETTE)
}
STYLE: Any = {
    "font.family": FAMILIES,
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.edgecolor": SPINE,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": SPINE,
    "ytick.color": SPINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "text.color": MUTED,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.2,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "cytoforge",
    "pdf.fonttype": 42,  # TrueType, which journals ask for
    "path.simplify": True,
}


styled = matplotlib.rc_context(STYLE)
"""Decorator of functions that draw."""


def colour_of(index: int) -> str:
    """Return a series' colour; the palette starts again after its end."""
    return PALETTE[index % len(PALETTE)]


@styled
def panels(
    count: int, columns: int, height_in: float, width_in: float = WIDTH_IN, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many panels, `columns` side by side, rows of `height_in` each."""
    register_figure_font()
    rows = -(-count // columns)
    # A little air for the legend above all.
    figure = Figure((width_in, rows * height_in + 0.25), layout=ConstrainedLayoutEngine(**SPACING))
    axes = figure.subplots(rows, columns, squeeze=False, **options).ravel()
    for unused in axes[count:]:
        unused.remove()
    return figure, list(axes[:count])


# Of a legend's columns: a letter of 7.5 pt, and what stands before and after a name.
_LETTER_PT, _HANDLE_PT = 4.1, 36


@styled
def legend(figure: Figure, entries: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Write a legend above all panels: names, and how each is drawn (arguments of Line2D)."""
    handles = [Line2D([], [], label=name, **style) for name, style in entries]
    if handles:
        widest = max(len(handle.get_label()) for handle in handles)  # type: ignore[arg-type]
        fit = int(72 * figure.get_figwidth() / (_LETTER_PT * widest + _HANDLE_PT))
        columns = max(1, min(len(handles), 5, fit))
        figure.legend(handles=handles, loc="outside upper left", ncols=columns)


def arrange(figure: Figure) -> None:
    """Settle where the panels lie: matplotlib would do it again for every file, and draw twice."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


@styled
def publish(figure: Figure, folder: Path, name: str, label: str) -> Markup:
    """Write <name>.svg and <name>.pdf into a folder, and return the figure for the page."""
    svg = as_svg(figure)
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / f"{name}.svg") as temporary:
        temporary.write_text(svg, encoding="utf-8")
    with atomic_path(folder / f"{name}.pdf") as temporary:
        nothing = dict.fromkeys(("Creator", "Producer", "CreationDate"))
        figure.savefig(temporary, format="pdf", metadata=nothing)
    return inline(svg, name, label)


@styled
def as_svg(figure: Figure) -> str:
    """Return a figure as an SVG file without dates."""
    arrange(figure)
    text = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(text, format="svg", metadata=nothing)
    # A program that shows it has the whole font, if any.
    return text.getvalue().replace(f"'{REDUCED}', ", "")


def inline(svg: str, name: str, label: str) -> Markup:
    """Return an SVG file as a part of the page.

    Colours become the page's variables, and ids are kept where something refers to them, with the
    figure's name before them, for they must be unique in a page. `label` is what a screen reader
    says.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<style.*?</style>|<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.S)
    svg = re.sub(r"\s*\n\s*", "\n", svg)
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))
    prefix = re.sub(r"[^A-Za-z0-9_-]", "_", name)

    def kept(match: re.Match[str]) -> str:
        return f' id="{prefix}-{match[1]}"' if match[1] in used else ""

    svg = re.sub(r' id="([^"]+)"', kept, svg)
    svg = re.sub(r'(url\(|href=")#', rf"\g<1>#{prefix}-", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    box = re.search(r'viewBox="([^"]+)"', svg)
    assert box is not None, "matplotlib writes a viewBox"
    width_pt = float(box[1].split()[2])
    head = (
        f'<svg class="figure" viewBox="{box[1]}" role="img" aria-label="{escape(label)}"'
        f' style="--pt:{width_pt:g}"'
        ' xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return Markup(head + svg[svg.index(">") + 1 :].strip())


def finite(values: Iterable[float | None]) -> list[float]:
    """Return the values that can be drawn."""
    return [float(v) for v in values if v is not None and np.isfinite(v)]
