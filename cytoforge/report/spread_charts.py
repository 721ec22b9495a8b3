"""Charts of spread: mean ± SD, and boxes with whiskers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from cytoforge.report.axes import Frame, Scale, value_scale
from cytoforge.report.charts import colour_class
from cytoforge.report.numbers import number

WHISKER_IQR = 1.5
MAX_FLIERS = 40  # points drawn beyond the whiskers of one box, the farthest first


@dataclass(frozen=True)
class Spread:
    """Mean and population SD of one metric in one model."""

    mean: float
    sd: float


def mean_sd_chart(
    metrics: Sequence[str],
    spreads: Mapping[str, Mapping[str, Spread]],
    *,
    name: str,
    log: bool = False,
    frame: Frame,
) -> Markup:
    """Return mean ± SD, a group of points a metric, a point a model.

    Parameters
    ----------
    spreads : model → metric → spread; what is missing is left out
    """
    all_spreads = [s for found in spreads.values() for s in found.values()]
    ends = [s.mean + sign * s.sd for s in all_spreads for sign in (-1, 1)]
    log = log and all(s.mean > 0 for s in all_spreads)
    if log:  # a whisker that reaches zero is cut at the axis
        floor = min((s.mean for s in all_spreads), default=1) / 4
        ends = [max(end, floor) for end in ends]
    y = value_scale(ends, *frame.y_ends, log=log)
    centres, width, labels = frame.categories(metrics)
    parts = [*frame.y_axis(y), *labels]
    for k, (model_name, found) in enumerate(spreads.items()):
        for metric, centre in zip(metrics, centres, strict=True):
            if metric in found:
                x = _dodge(centre, width, k, len(spreads))
                parts += _error_bar(x, y, found[metric], colour_class(k), f"{model_name}, {metric}")
    return Markup(frame.svg(parts, f"{name}: {', '.join(metrics)}"))


def _dodge(centre: float, width: float, index: int, count: int) -> float:
    return round(centre + width * 0.72 * ((index + 0.5) / count - 0.5), 1)


def _error_bar(x: float, y: Scale, spread: Spread, css: str, name: str) -> list[str]:
    low, high = y(spread.mean - spread.sd), y(spread.mean + spread.sd)
    return [
        f'<path class="whisker {css}" d="M{x} {low}V{high}M{x - 4} {low}h8M{x - 4} {high}h8"/>',
        f'<circle class="dot {css}" cx="{x}" cy="{y(spread.mean)}" r="4"><title>{escape(name)}: '
        f"{number(spread.mean)} ± {number(spread.sd)}</title></circle>",
    ]


def box_chart(
    metrics: Sequence[str],
    values: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    name: str,
    log: bool = False,
    points: bool = False,
    frame: Frame,
) -> Markup:
    """Return boxes (quartiles, whiskers to 1.5 IQR, points beyond), a group a metric.

    Parameters
    ----------
    values : model → metric → values
    points : draw every value, for boxes of few values
    """
    everything = [v for found in values.values() for vs in found.values() for v in vs]
    y = value_scale(everything, *frame.y_ends, log=log)
    centres, width, labels = frame.categories(metrics)
    parts = [*frame.y_axis(y), *labels]
    for k, (model_name, found) in enumerate(values.items()):
        for metric, centre in zip(metrics, centres, strict=True):
            if len(found.get(metric, ())):
                x = _dodge(centre, width, k, len(values))
                half = min(width * 0.28 / len(values), 14)
                title = f"{model_name}, {metric}" if model_name else metric
                parts += _box(x, half, y, np.asarray(found[metric]), colour_class(k), title, points)
    return Markup(frame.svg(parts, f"{name}: {', '.join(metrics)}"))


def _box(
    x: float, half: float, y: Scale, values: np.ndarray, css: str, name: str, points: bool
) -> list[str]:
    q1, median, q3 = np.quantile(values, (0.25, 0.5, 0.75))
    reach = WHISKER_IQR * (q3 - q1)
    inside = values[(values >= q1 - reach) & (values <= q3 + reach)]
    low, high = y(float(inside.min())), y(float(inside.max()))
    radius = 2.6 if points else 1.8
    left, width = round(x - half, 1), round(2 * half, 1)
    top, bottom, middle = y(float(q3)), y(float(q1)), y(float(median))
    shown = values if points else values[(values < q1 - reach) | (values > q3 + reach)]
    farthest = shown[np.argsort(-np.abs(shown - median), kind="stable")][:MAX_FLIERS]
    return [
        f'<path class="whisker {css}" d="M{x} {low}V{bottom}M{x} {top}V{high}"/>',
        f'<rect class="box {css}" x="{left}" y="{top}" width="{width}"'
        f' height="{max(bottom - top, 1):.1f}"><title>{escape(name)}: median {number(median)},'
        f" quartiles {number(q1)} and {number(q3)}, n = {len(values)}</title></rect>",
        f'<path class="median {css}" d="M{left} {middle}h{width}"/>',
        *(
            f'<circle class="point {css}" cx="{x}" cy="{y(float(v))}" r="{radius}"/>'
            for v in farthest
        ),
    ]
