"""Figures: what is drawn lies where its value says, in files that can go into a paper."""

import math
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from cytoforge.metrics.intervals import Bounds
from cytoforge.report.drawing import INK, PALETTE, as_svg, inline, legend, panels, publish
from cytoforge.report.numbers import number, percent
from cytoforge.report.plots import (
    Curve,
    Dot,
    bars,
    boxes,
    curves,
    dots,
    histogram,
    mark,
    mean_sd,
    whisker_entries,
)

FEW = Bounds(0.8, 1.2, "range of 3 images", (0.8, 1.2, 1.0))
MANY = Bounds(0.4, 0.6, "95 % t interval of 8 images")


def drawn(hostile: str = "a") -> Figure:
    """A figure with every kind of panel."""
    figure, axes = panels(6, 3, 1.4)
    curves(axes[0], [Curve(hostile, [0, 1], [1, 2], 0), Curve("b", [0, 1], [2, 1], 1)], log=True)
    histogram(axes[1], [1, 0, 3], [0, 1, 2, 3])
    bars(axes[2], [hostile, "b"], [1.0, None], bounds=[FEW, Bounds()])
    mean_sd(axes[3], [hostile], {hostile: {hostile: (1, 2)}})
    boxes(axes[4], [hostile], {hostile: {hostile: [1, 2, 9]}})
    dots(axes[5], [Dot(hostile, 0.5, MANY, 0, "1="), Dot("none", None, Bounds(), 1)])
    mark(axes[5], 0.55, "class means", vertical=True)
    legend(figure, [(hostile, {"color": INK})])
    return figure


@given(st.floats(1e-6, 1e6))
def test_number_keeps_three_digits(value: float) -> None:
    written = float(number(value).replace("−", "-"))
    assert math.isclose(written, value, rel_tol=0.0051)


def test_the_same_numbers_give_the_same_files(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        publish(drawn(), tmp_path / folder, "x", "words")
    for suffix in ("svg", "pdf"):
        one, two = ((tmp_path / folder / f"x.{suffix}").read_bytes() for folder in ("one", "two"))
        assert one == two
        assert b"Date" not in one and b"date>" not in one


def test_text_in_files_is_text(tmp_path: Path) -> None:
    publish(drawn(), tmp_path, "x", "words")
    svg, pdf = (tmp_path / "x.svg").read_text(), (tmp_path / "x.pdf").read_bytes()
    assert ">1=</text>" in svg
    assert b"/CIDFontType2" in pdf or b"/TrueType" in pdf
    assert b"/Type3" not in pdf


def test_names_are_escaped() -> None:
    hostile = '<b>"&'
    page = inline(as_svg(drawn(hostile)), hostile, hostile)
    assert ElementTree.fromstring(page).tag.endswith("svg")
    assert "<b>" not in page


def test_a_figure_takes_the_colours_of_the_page() -> None:
    page = inline(as_svg(drawn()), "x", "words")
    assert "var(--s0)" in page and "var(--ink)" in page and "var(--muted)" in page
    assert not [colour for colour in (*PALETTE, INK) if colour in page]
    assert "<style" not in page and "<metadata" not in page
    # Everything has a colour of its own, or one that is black in light and in dark.
    assert not re.search(r"(fill|stroke): #", page)


def test_ids_of_two_figures_differ_and_lead_somewhere() -> None:
    pages = [inline(as_svg(drawn()), name, "words") for name in ("one", "two")]
    ids = [set(re.findall(r' id="([^"]+)"', page)) for page in pages]
    assert ids[0] and not ids[0] & ids[1]
    for page, known in zip(pages, ids, strict=True):
        assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', page)) == known


def test_bars_have_heights_of_their_values() -> None:
    _, (axes,) = panels(1, 1, 2)
    bars(axes, ["a", "b"], [2.0, 1.0])
    assert [bar.get_height() for bar in axes.patches] == [2, 1]


def test_a_few_images_are_points_and_an_interval_is_a_line() -> None:
    _, (axes,) = panels(1, 1, 2)
    bars(axes, ["a", "b"], [1.0, 0.5], bounds=[FEW, MANY])
    points, line = axes.lines
    assert (list(points.get_ydata()), points.get_linestyle()) == ([0.8, 1.2, 1.0], "None")
    assert (list(line.get_ydata()), line.get_linestyle()) == ([0.4, 0.6], "-")
    words = [words for words, _ in whisker_entries([FEW, MANY, FEW, Bounds()])]
    assert words == ["range of 3 images, a point each", "95 % t interval of 8 images"]


def test_what_is_below_1_is_not_printed_as_1_nor_above_0_as_0() -> None:
    values = (0.995, 0.9996, 0.99951, 0.004, 0.0004)
    assert [number(v) for v in values] == ["0.995", "0.9996", "0.9995", "0.00400", "0.000400"]
    assert (number(0.997, 2), number(0.9996, 2)) == ("0.997", "0.9996")
    assert [percent(v) for v in values] == ["99.5 %", "99.96 %", "99.95 %", "0.4 %", "0.04 %"]
    assert (number(1.0), percent(1.0), percent(0.0)) == ("1.00", "100 %", "0 %")


def test_the_box_lies_at_median_and_quartiles() -> None:
    _, (axes,) = panels(1, 1, 2)
    boxes(axes, ["m"], {"e": {"m": np.arange(1.0, 10).tolist()}})
    (box,) = axes.patches
    heights = box.get_path().vertices[:, 1]
    assert (heights.min(), heights.max()) == (3, 7)


def test_equal_values_draw_a_figure_too() -> None:
    figure, axes = panels(2, 2, 2)
    boxes(axes[0], ["m"], {"e": {"m": [3.0, 3.0]}})
    curves(axes[1], [Curve("a", [0], [0.0], 0)], log=True)
    assert "<svg" in as_svg(figure)
