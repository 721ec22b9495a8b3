"""Numbers as the page writes them."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it needs scipy, which would take longer to import than rules to be read
    from cytoforge.metrics.intervals import Bounds

MISSING = "–"
MOST_DIGITS = 9  # what still reads as 1 then differs from it by rounding alone


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with so many significant digits, never in powers of ten below 10⁷.

    >>> number(0.30771), number(1234.5678), number(17.26), number(0.9996), number(None)
    ('0.308', '1235', '17.3', '0.9996', '–')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    if abs(value) >= 1e7 or abs(value) < 10.0 ** (-digits - 2):
        return f"{value:.{digits - 1}e}".replace("-", "−")
    for more in range(digits, MOST_DIGITS + 1):
        text = _significant(value, more)
        if not abs(value) < 1 <= abs(float(text)):  # what is below 1 is not printed as 1
            return text.replace("-", "−")
    return _significant(value, digits).replace("-", "−")


def _significant(value: float, digits: int) -> str:
    # From the value rounded to its digits: 9.996 has two places as 9.996, one as 10.0.
    magnitude = math.floor(math.log10(abs(float(f"{value:.{digits}g}"))))
    return f"{value:.{max(digits - 1 - magnitude, 0)}f}"


def percent(fraction: float) -> str:
    """Return a fraction in whole percent, in more places where it would read as 0 or 100 and is
    neither.

    >>> percent(0.914), percent(0.996), percent(0.004), percent(1.0)
    ('91 %', '99.6 %', '0.4 %', '100 %')
    """
    for places in range(MOST_DIGITS):
        text = f"{100 * fraction:.{places}f}"
        if not 0 < fraction < 1 or 0 < float(text) < 100:
            return f"{text} %"
    return f"{100 * fraction:.0f} %"


def tick_label(value: float) -> str:
    """Return an axis value without trailing zeros.

    >>> tick_label(0.50), tick_label(2000.0), tick_label(0.0)
    ('0.5', '2000', '0')
    """
    if value != 0 and (abs(value) >= 1e5 or abs(value) < 1e-3):
        mantissa, power = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(power)}".replace("-", "−")
    return f"{value:.6g}".replace("-", "−")


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """Return `low – high`, or nothing when there is no interval."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{number(low, digits)} to {number(high, digits)}"


def chance(bounds: "Bounds") -> str:
    """Return what chance does to a value, in small print: its interval, or the units' values.

    >>> from cytoforge.metrics.intervals import Bounds
    >>> chance(Bounds(0.25, 0.5, "95 % t interval of 8 images"))
    '95 % t interval of 8 images: 0.250 to 0.500'
    >>> chance(Bounds(0.25, 0.5, "range of 2 images", (0.5, 0.25)))
    'range of 2 images: 0.500, 0.250'
    """
    if bounds.low is None or bounds.high is None:
        return ""
    values = ", ".join(number(value) for value in bounds.unit_values)
    return f"{bounds.interval}: {values or interval(bounds.low, bounds.high)}"


def duration(seconds: float) -> str:
    """Return a time as people say it.

    >>> duration(4.21), duration(95), duration(7384)
    ('4.2 s', '1 min 35 s', '2 h 3 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def megabytes(size: float) -> str:
    """Return a size given in MB."""
    return f"{size / 1000:.1f} GB" if size >= 1000 else f"{size:.0f} MB"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "image"), plural(3, "image")
    ('1 image', '3 images')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"
