"""Charts: what is drawn lies where its value says, and names are escaped."""

import math
import re
from xml.etree import ElementTree

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cytoforge.report.axes import Frame, Scale, value_scale
from cytoforge.report.charts import Mark, Series, bar_chart, histogram, line_chart
from cytoforge.report.numbers import number
from cytoforge.report.spread_charts import Spread, box_chart, mean_sd_chart

FRAME = Frame(200, 100)
finite = st.floats(-1e9, 1e9)


def test_scale_maps_ends_and_middle() -> None:
    scale = Scale(0, 10, 100, 0)
    assert [scale(0), scale(5), scale(10), scale(99)] == [100, 50, 0, 0]


def test_log_scale_maps_the_geometric_mean_to_the_middle() -> None:
    assert Scale(1, 100, 0, 10, log=True)(10) == 5


@given(st.lists(finite, max_size=8), st.booleans(), st.booleans())
def test_every_value_is_inside_its_scale(values: list[float], log: bool, zero: bool) -> None:
    scale = value_scale(values, 0, 100, log=log, zero=zero)
    assert scale.low < scale.high
    assert all(scale.low <= value <= scale.high for value in values)
    slack = 1e-6 * (scale.high - scale.low)
    assert all(scale.low - slack <= tick <= scale.high + slack for tick in scale.ticks())


@given(st.floats(1e-6, 1e6))
def test_number_keeps_three_digits(value: float) -> None:
    written = float(number(value).replace("−", "-"))
    assert math.isclose(written, value, rel_tol=0.0051)


def test_charts_are_well_formed_and_escape_names() -> None:
    hostile = '<b>"&'
    charts = [
        line_chart([Series(hostile, [0, 1], [1, 2], 0)], hostile, mark=Mark(1, hostile)),
        histogram([1, 0, 3], [0, 1, 2, 3], name=hostile, marks=[Mark(1.5, hostile)]),
        bar_chart([hostile, "b"], [1.0, None], name=hostile, references=[Mark(2, hostile)]),
        mean_sd_chart([hostile], {hostile: {hostile: Spread(1, 2)}}, name=hostile, frame=FRAME),
        box_chart([hostile], {hostile: {hostile: [1, 2, 9]}}, name=hostile, frame=FRAME),
    ]
    for chart in charts:
        assert ElementTree.fromstring(chart).tag == "svg"
        assert "<b>" not in chart


def test_bars_have_heights_in_the_ratio_of_their_values() -> None:
    chart = bar_chart(["a", "b"], [2.0, 1.0], name="x")
    heights = [float(h) for h in re.findall(r'<rect class="bar[^>]* height="([\d.]+)"', chart)]
    assert math.isclose(heights[0] / heights[1], 2, rel_tol=0.01)


def test_box_says_median_and_quartiles() -> None:
    values = np.arange(1, 10)
    chart = box_chart(["m"], {"e": {"m": values.tolist()}}, name="x", frame=FRAME)
    assert "median 5.00, quartiles 3.00 and 7.00, n = 9" in chart


def test_equal_values_draw_a_chart_too() -> None:
    assert "<rect" in box_chart(["m"], {"e": {"m": [3.0, 3.0]}}, name="x", frame=FRAME)
    assert "<svg" in line_chart([Series("a", [0], [0.0], 0)], "step", log=True)
