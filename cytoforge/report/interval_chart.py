"""A chart of one figure of several models: a dot with its interval on a line each."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from cytoforge.report.axes import Frame, text, value_scale
from cytoforge.report.charts import Mark, colour_class
from cytoforge.report.numbers import interval, number

LINE_PX = 22
WIDTH_PX = 320
NAME_CHARACTERS = 16


@dataclass(frozen=True)
class Line:
    """One model: its value, interval and what is written at its end (its rank)."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    colour: int
    end: str = ""


def interval_chart(
    lines: Sequence[Line], *, name: str, marks: Sequence[Mark | None] = ()
) -> Markup:
    """Return a line a model, top to bottom in the order given.

    marks : vertical lines, each place with a stroke of its own; None leaves a place out
    """
    frame = Frame(WIDTH_PX, LINE_PX * len(lines) + 44, left=116, right=30, top=12)
    values = [v for line in lines for v in (line.value, line.low, line.high) if v is not None]
    left, right = frame.x_ends
    x = value_scale([*values, *(mark.at for mark in marks if mark)], left, right)
    bottom, top = frame.y_ends
    parts = frame.x_axis(x, 4)
    parts += [
        f'<path class="ref r{k}" d="M{x(mark.at)} {bottom}V{top}"><title>{escape(mark.label)}: '
        f"{number(mark.at)}</title></path>"
        for k, mark in enumerate(marks)
        if mark
    ]
    for k, line in enumerate(lines):
        y = top + LINE_PX * (k + 0.5)
        short = line.name
        if len(short) > NAME_CHARACTERS:
            short = short[: NAME_CHARACTERS - 1] + "…"
        parts.append(text(left - 8, y + 3.5, short, "end", title=line.name))
        parts.append(f'<path class="grid" d="M{left} {y}H{right}"/>')
        if line.value is None:
            parts.append(text(left + 6, y + 3.5, "–", "start"))
            continue
        css = colour_class(line.colour)
        if line.low is not None and line.high is not None:
            parts.append(f'<path class="whisker {css}" d="M{x(line.low)} {y}H{x(line.high)}"/>')
        around = interval(line.low, line.high)
        hover = f"{line.name}: {number(line.value)}" + (f", {around}" if around else "")
        parts.append(
            f'<circle class="dot {css}" cx="{x(line.value)}" cy="{y}" r="4.5">'
            f"<title>{escape(hover)}</title></circle>"
        )
        parts.append(text(right + 8, y + 3.5, line.end, "start", css="label"))
    return Markup(frame.svg(parts, f"{name} of {', '.join(line.name for line in lines)}"))
