"""Which images are frames of one field of view, and when they were taken, by their names."""

import re
from collections.abc import Mapping, Sequence

# Hours per unit, as people write them behind numbers; German ones too.
_HOURS: Mapping[str, float] = {
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std", "stunden"), 1.0),
    **dict.fromkeys(("min", "mins", "minutes", "m"), 1 / 60),
    **dict.fromkeys(("d", "day", "days"), 24.0),
}
_UNITS = "|".join(sorted(_HOURS, key=len, reverse=True))
# A time or a plane: 24h, 0 hr, t0, day_3, t=5h, z12, and Incucyte's 00d05h00m.
_CODE = (
    r"(?P<d>\d+)d(?P<h>\d+)h(?P<m>\d+)m"
    rf"|((t|time)[_=-]?)?(?P<number>\d+(\.\d+)?) ?(?P<unit>{_UNITS})"
    r"|(?P<word>day|hour|h)[_=-]?(?P<count>\d+)"
    r"|(t|time|frame|sk|z|slice|plane)[_=-]?\d+"
)
_BEHIND = re.compile(rf"(?P<field>.*[_\-. /])?({_CODE})", re.IGNORECASE)
_BEFORE = re.compile(rf"({_CODE})[_\-. /](?P<field>.+)", re.IGNORECASE)
_CODE_ALONE = re.compile(_CODE, re.IGNORECASE)


def is_time_or_plane(word: str) -> bool:
    """Return whether a word of a name is one of a time or a plane.

    >>> [is_time_or_plane(word) for word in ("24h", "t0", "00d05h00m", "60min", "dapi", "26")]
    [True, True, True, True, False, False]
    """
    return _CODE_ALONE.fullmatch(word) is not None


def fields_of(names: Sequence[str]) -> list[str] | None:
    """Return the field of view of each image where several share one; None where none do.

    Times and planes have a word (`t0`, `24h`, `0 hr`, `z3`), behind the field or before it, or the
    names are nothing but numbers from 0 or 1 on.

    >>> fields_of(["0", "1", "10"]), fields_of(["A_t0", "A_t24", "B_t0"])
    (['field', 'field', 'field'], ['A', 'A', 'B'])
    >>> fields_of(["A1 0 h", "A1 24 h"]), fields_of(["0h/A1", "24h/A1"])
    (['A1', 'A1'], ['A1', 'A1'])
    >>> fields_of(["set26", "set44"]), fields_of(["10024", "10025"]), fields_of(["A_t0", "B_t0"])
    (None, None, None)
    """
    if len(names) < 2:
        return None
    if all(name.isdecimal() for name in names):
        return ["field"] * len(names) if min(map(int, names)) <= 1 else None
    for pattern in (_BEHIND, _BEFORE):
        frames = [match for name in names if (match := pattern.fullmatch(name))]
        fields = [(frame["field"] or "").strip("_-. /") or "field" for frame in frames]
        if len(set(fields)) < len(fields) == len(names):
            return fields
    return None


def hours_of(names: Sequence[str]) -> list[float] | None:
    """Return when each image was taken, in hours, where all names say it with a unit; else None.

    >>> hours_of(["A_0h", "A_90min", "A_1d"]), hours_of(["A_00d05h30m"]), hours_of(["A_t0"])
    ([0.0, 1.5, 24.0], [5.5], None)
    """
    found = [_hours(_BEHIND.fullmatch(name) or _BEFORE.fullmatch(name)) for name in names]
    times = [time for time in found if time is not None]
    return times if len(times) == len(names) else None


def _hours(match: re.Match[str] | None) -> float | None:
    if match is None:
        return None
    if match["d"]:
        return int(match["d"]) * 24 + int(match["h"]) + int(match["m"]) / 60
    number, unit = match["number"] or match["count"], match["unit"] or match["word"]
    return round(float(number) * _HOURS[unit.lower()], 4) if number else None
