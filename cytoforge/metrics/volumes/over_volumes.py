"""Scores of all volumes together, with what chance does to them over patients.

The samples and the volumes of one patient belong together: what was drawn independently is the
patient (see `metrics.intervals`). Under six of them have no interval; their values are listed.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from cytoforge.metrics.intervals import CELLS, MEAN, bounds, mean_sums

MEASURES = (
    "mae", "psnr_db", "ms_ssim", "body_dice", "adjacent_difference_ratio", "adjacent_ssim_ratio",
)  # fmt: skip
SUMMARY_COLUMNS = ["method", "measured_in", "measure", "value", *CELLS, "units", "noun"]


def over_volumes(
    columns: Sequence[str], rows: Sequence[Sequence[object]], confidence: float, noun: str
) -> Iterator[list[object]]:
    """Yield rows of `SUMMARY_COLUMNS`: the mean of each measure over the volumes, per method,
    of CT and of MR apart: what has a unit and what has none make no mean.

    Parameters
    ----------
    columns, rows : of volumes.csv
    noun : what a unit is called, e.g. patient
    """
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    for kind in dict.fromkeys((str(one["method"]), str(one["measured_in"])) for one in records):
        alike = [one for one in records if (one["method"], one["measured_in"]) == kind]
        for measure in MEASURES:
            known = [one for one in alike if one[measure] != ""]
            values = np.array([float(str(one[measure])) for one in known])
            if len(values) and np.isfinite(values).all():
                sums = mean_sums(values, np.array([str(one["unit"]) for one in known]))
                found = bounds(sums, MEAN, confidence, noun).cells()
                cells = ["" if one is None else _short(one) for one in found.values()]
                yield [*kind, measure, _short(values.mean()), *cells, len(sums), noun]


def _short(cell: float | str) -> str:
    return cell if isinstance(cell, str) else f"{cell:.6g}"
