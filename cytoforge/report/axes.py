"""Scales and axes of the page's charts, written as SVG that takes its colours from the page."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import escape

from cytoforge.report.numbers import tick_label

MOST_TICKS = 7


@dataclass(frozen=True)
class Scale:
    """A map from values to positions in the drawing."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the position of a value; values outside the range are clipped to its ends."""
        low, high, value = (self._linear(v) for v in (self.low, self.high, value))
        share = (min(max(value, low), high) - low) / (high - low)
        return round(self.start + share * (self.end - self.start), 1)

    def _linear(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.log else value

    def ticks(self, about: int = 5) -> list[float]:
        """Return round values inside the range."""
        if self.log:
            return _log_ticks(self.low, self.high)
        step = _round_step((self.high - self.low) / about)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(f"{index * step:.10g}") for index in range(first, last + 1)]


def value_scale(
    values: Iterable[float], start: float, end: float, *, log: bool = False, zero: bool = False
) -> Scale:
    """Return a scale that holds all values with some air; with `zero` it starts or ends at 0.

    A logarithmic scale is given up when a value is not positive.
    """
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if log and low > 0:
        return Scale(low / 1.35, high * 1.35, start, end, log=True)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    # All equal: some air on both sides, or a range upwards where 0 is to be an end.
    air = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return Scale(
        low=0.0 if zero and low == 0 else low - air,
        high=0.0 if zero and high == 0 and low < 0 else high + air,
        start=start,
        end=end,
    )


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for multiples in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)):
        ticks = [m * 10.0**d for d in decades for m in multiples if low <= m * 10.0**d <= high]
        if len(ticks) >= 3:
            break
    return ticks[:: max(-(-len(ticks) // MOST_TICKS), 1)]


@dataclass(frozen=True)
class Frame:
    """Drawing area of a chart: its size and what is kept for labels, in px."""

    width: int
    height: int
    left: int = 46
    right: int = 10
    top: int = 12
    bottom: int = 32

    @property
    def x_ends(self) -> tuple[float, float]:
        """Left and right end of the plotting area."""
        return self.left, self.width - self.right

    @property
    def y_ends(self) -> tuple[float, float]:
        """Bottom and top end of the plotting area: values rise upwards."""
        return self.height - self.bottom, self.top

    def svg(self, parts: Iterable[str], label: str) -> str:
        """Return the whole drawing; `label` is what a screen reader says."""
        return (
            f'<svg class="chart" viewBox="0 0 {self.width} {self.height}" role="img"'
            f' aria-label="{escape(label)}" style="max-width:{self.width}px">'
            + "".join(parts)
            + "</svg>"
        )

    def y_axis(self, scale: Scale, about: int = 5, *, whole: bool = False) -> list[str]:
        """Return grid lines and their values; `whole` for counts."""
        left, right = self.x_ends
        parts = []
        for tick in scale.ticks(about):
            if whole and not tick.is_integer():
                continue
            y = scale(tick)
            parts.append(f'<path class="grid" d="M{left} {y}H{right}"/>')
            parts.append(text(left - 6, y + 3.5, tick_label(tick), "end"))
        return parts

    def x_axis(self, scale: Scale, about: int = 5) -> list[str]:
        """Return values along the bottom."""
        bottom, _ = self.y_ends
        left, right = self.x_ends
        parts = [f'<path class="axis" d="M{left} {bottom}H{right}"/>']
        for tick in scale.ticks(about):
            x = scale(tick)
            parts.append(f'<path class="axis" d="M{x} {bottom}v4"/>')
            parts.append(text(x, bottom + 16, tick_label(tick)))
        return parts

    def categories(self, names: Sequence[str]) -> tuple[list[float], float, list[str]]:
        """Return the centres of the categories, the width of each, and their labels."""
        left, right = self.x_ends
        bottom, _ = self.y_ends
        width = (right - left) / max(len(names), 1)
        centres = [round(left + width * (k + 0.5), 1) for k in range(len(names))]
        parts = [f'<path class="axis" d="M{left} {bottom}H{right}"/>']
        fits = max(int(width / 6.2), 3)
        for centre, name in zip(centres, names, strict=True):
            short = name if len(name) <= fits else name[: fits - 1] + "…"
            parts.append(text(centre, bottom + 16, short, title=name if short != name else ""))
        return centres, width, parts


def text(
    x: float, y: float, content: str, anchor: str = "middle", css: str = "", title: str = ""
) -> str:
    """Return a text element; the content is escaped."""
    hover = f"<title>{escape(title)}</title>" if title else ""
    kind = f' class="{css}"' if css else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{kind}>{escape(content)}{hover}</text>'
