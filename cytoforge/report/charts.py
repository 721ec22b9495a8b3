"""The page's charts: lines, histograms, bars. All return escaped SVG markup."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from cytoforge.report.axes import Frame, Scale, text, value_scale
from cytoforge.report.numbers import number

N_COLOURS = 8


@dataclass(frozen=True)
class Series:
    """One named line; `colour` is its place in the page's palette."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: int


@dataclass(frozen=True)
class Mark:
    """A vertical line at `x`, or a horizontal one at `y`, with a few words."""

    at: float
    label: str


def colour_class(index: int) -> str:
    """Return the CSS class of a series colour; the palette starts again after its end."""
    return f"s{index % N_COLOURS}"


def line_chart(
    series: Sequence[Series],
    x_label: str,
    *,
    log: bool = False,
    mark: Mark | None = None,
    frame: Frame | None = None,
    dots: bool = False,
) -> Markup:
    """Return lines over a common x axis."""
    frame = frame or Frame(440, 230, bottom=44)
    drawn = [line for line in series if len(line.x)]
    x = Scale(0, max([v for line in drawn for v in line.x], default=1) or 1, *frame.x_ends)
    y = value_scale((v for line in drawn for v in line.y), *frame.y_ends, log=log)
    parts = [*frame.y_axis(y), *frame.x_axis(x)]
    parts.append(text(sum(frame.x_ends) / 2, frame.height - 8, x_label, css="label"))
    if mark:
        parts += _vertical_mark(frame, x(mark.at), mark.label)
    for line in drawn:
        points = [(x(a), y(b)) for a, b in zip(line.x, line.y, strict=True)]
        path = "M" + "L".join(f"{a} {b}" for a, b in points)
        css = colour_class(line.colour)
        parts.append(
            f'<path class="line {css}" d="{path}"><title>{escape(line.name)}</title></path>'
        )
        if dots:
            parts += [
                f'<circle class="dot {css}" cx="{a}" cy="{b}" r="3"><title>{escape(line.name)}, '
                f"{number(vx, 6)}: {number(vy)}</title></circle>"
                for (a, b), vx, vy in zip(points, line.x, line.y, strict=True)
            ]
    return Markup(frame.svg(parts, f"{', '.join(line.name for line in drawn)} by {x_label}"))


def _vertical_mark(frame: Frame, x: float, label: str) -> list[str]:
    bottom, top = frame.y_ends
    near_right = x > sum(frame.x_ends) / 2
    return [
        f'<path class="mark" d="M{x} {bottom}V{top}"/>',
        text(x + (-5 if near_right else 5), top + 9, label, "end" if near_right else "start"),
    ]


def histogram(
    counts: Sequence[int],
    edges: Sequence[float],
    *,
    name: str,
    colour: int = 0,
    marks: Sequence[Mark] = (),
    frame: Frame | None = None,
) -> Markup:
    """Return bars of counts between edges, with marked values."""
    frame = frame or Frame(300, 170)
    x = Scale(edges[0], edges[-1], *frame.x_ends)
    y = value_scale([0, *counts], *frame.y_ends, zero=True)
    parts = [*frame.y_axis(y, 4, whole=True)]
    for count, low, high in zip(counts, edges, edges[1:], strict=False):
        if count:
            left, width = x(low), max(x(high) - x(low) - 0.8, 0.6)
            parts.append(
                f'<rect class="bar {colour_class(colour)}" x="{left}" y="{y(count)}"'
                f' width="{width:.1f}" height="{y(0) - y(count):.1f}"><title>{number(low)} to'
                f" {number(high)}: {count}</title></rect>"
            )
    for mark in marks:
        bottom, top = frame.y_ends
        at = x(mark.at)
        title = f"<title>{escape(mark.label)}</title>"
        parts.append(f'<path class="mark" d="M{at} {bottom}V{top}">{title}</path>')
    parts += frame.x_axis(x, 4)
    return Markup(frame.svg(parts, f"Histogram of {name}"))


def bar_chart(
    names: Sequence[str],
    values: Sequence[float | None],
    *,
    name: str,
    errors: Sequence[tuple[float, float] | None] = (),
    references: Sequence[Mark] = (),
    frame: Frame | None = None,
    colour: int | None = None,
) -> Markup:
    """Return one bar a name with intervals and guard lines.

    Bars have the colours of the models, or all the given one.
    """
    frame = frame or Frame(300, 180)
    errors = errors or [None] * len(names)
    heights = [v for v in values if v is not None]
    ends = [end for error in errors if error for end in error]
    y = value_scale(
        [0, *heights, *ends, *(mark.at for mark in references)], *frame.y_ends, zero=True
    )
    centres, width, labels = frame.categories(names)
    parts = frame.y_axis(y, 4)
    for k, (centre, value, error) in enumerate(zip(centres, values, errors, strict=True)):
        if value is None:
            parts.append(text(centre, y(0) - 6, "–"))
            continue
        bar = min(width * 0.62, 46)
        top, base = min(y(value), y(0)), max(y(value), y(0))
        css = colour_class(k if colour is None else colour)
        parts.append(
            f'<rect class="bar {css}" x="{centre - bar / 2:.1f}" y="{top}"'
            f' width="{bar:.1f}" height="{base - top:.1f}"><title>{escape(names[k])}: '
            f"{number(value)}</title></rect>"
        )
        if error:
            parts.append(f'<path class="whisker" d="M{centre} {y(error[0])}V{y(error[1])}"/>')
    left, right = frame.x_ends
    parts += [
        f'<path class="ref r{k}" d="M{left} {y(mark.at)}H{right}"><title>{escape(mark.label)}: '
        f"{number(mark.at)}</title></path>"
        for k, mark in enumerate(references)
    ]
    return Markup(frame.svg([*parts, *labels], f"{name} of {', '.join(names)}"))
