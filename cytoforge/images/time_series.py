"""Which images are frames of one time series, by columns of samples.tsv."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cytoforge.errors import UserError
from cytoforge.images.samples import Sample

TIME_COLUMN = "time_h"
# The first of these that the row fills names its series; rows that fill none are one series.
SERIES_COLUMNS = ("series", "well")
ONLY_SERIES = "all"


@dataclass(frozen=True, order=True)
class Frame:
    """One image of a series, `time_h` hours after whatever the user counts from."""

    series: str
    time_h: float
    image: str


def frames_of(samples: Iterable[Sample]) -> tuple[Frame, ...]:
    """Return the frames of all series, by series and time; images without a time are none.

    Raises
    ------
    UserError : a time that is no number of hours, or two images of one series at one time
    """
    frames, problems = [], []
    for sample in samples:
        text = sample.columns.get(TIME_COLUMN, "").strip()
        if not text:
            continue
        hours = _hours(text)
        if hours is None:
            problems.append(f"{sample.name}: {text!r} is no number of hours")
            continue
        named = (sample.columns.get(column, "").strip() for column in SERIES_COLUMNS)
        frames.append(Frame(next(filter(None, named), ONLY_SERIES), hours, sample.name))
    at = defaultdict(list)
    for frame in sorted(frames):
        at[frame.series, frame.time_h].append(frame.image)
    problems += [
        f"{' and '.join(names)} are both of series {series!r} at {time:g} h"
        for (series, time), names in at.items()
        if len(names) > 1
    ]
    if problems:
        raise UserError(
            where=f"samples.tsv, column {TIME_COLUMN}",
            expected="hours, e.g. 0 or 1.5, one image of a series at a time",
            found="\n    - ".join(["", *problems[:40]]),
            fix="correct the times, or name the series (a field of a well) in a column `series`",
        )
    return tuple(sorted(frames))


def _hours(text: str) -> float | None:
    try:
        hours = float(text.replace(",", "."))
    except ValueError:
        return None
    return hours if abs(hours) < float("inf") else None
