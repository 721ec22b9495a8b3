"""A figure's legend lies within the figure, however long its names are."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cytoforge.report.drawing import arrange, legend, panels


@pytest.mark.parametrize("name", ["a", "class means (oasis)", "an unusually long name of a model"])
def test_a_legend_ends_where_the_figure_ends(name: str):
    figure, _ = panels(1, 1, 2.0)
    legend(figure, [(f"{name} {number}", {}) for number in range(6)])
    canvas = FigureCanvasAgg(figure)
    arrange(figure)
    canvas.draw()
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1
    assert box.y1 <= figure.bbox.y1
