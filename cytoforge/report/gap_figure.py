"""The figure of a closing gap: its area and its width over the hours."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from matplotlib.axes import Axes

from cytoforge.report.drawing import colour_of, legend, panels, publish, styled
from cytoforge.segmentation.gap_series import Measured

SHADE = 0.18  # of the band between the quartiles


@styled
def draw_series(measured: Sequence[Measured], path: Path) -> None:
    """Write a figure, one colour per series, as `path` (.svg) and as PDF beside it.

    Left the area in per cent of the image; right the width, the median of all rows, with a band
    between the quartiles: in micrometres where the size of every frame's pixels is known.
    """
    figure, (area, width) = panels(2, 2, 2.4)
    known = all(one.pixel_size_um for one in measured)
    names = []
    for number, (series, group) in enumerate(groupby(measured, lambda one: one.frame.series)):
        frames, colour = list(group), colour_of(number)
        hours = [one.frame.time_h for one in frames]
        area.plot(hours, [100 * one.area_fraction for one in frames], ".-", color=colour)
        _widths(width, frames, hours, colour, known)
        names.append((series, {"color": colour}))
    area.set(xlabel="time (h)", ylabel="gap (% of the image)")
    width.set(xlabel="time (h)", ylabel=f"width ({'µm' if known else 'px'}), median and quartiles")
    for axes in (area, width):
        axes.set_ylim(bottom=0)
    legend(figure, names if len(names) > 1 else [])
    publish(figure, path.parent, path.stem, "Area and width of the gap over time")


def _widths(
    axes: Axes, frames: Sequence[Measured], hours: Sequence[float], colour: str, known: bool
) -> None:
    units = [one.pixel_size_um if known and one.pixel_size_um else 1.0 for one in frames]
    low, median, high = zip(
        *(
            [unit * px for px in one.wound.quartiles_px]
            for one, unit in zip(frames, units, strict=True)
        ),
        strict=True,
    )
    axes.fill_between(hours, low, high, color=colour, alpha=SHADE, linewidth=0)
    axes.plot(hours, median, ".-", color=colour)
