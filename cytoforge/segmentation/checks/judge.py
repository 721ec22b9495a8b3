"""From the checks of all images of a segmentation to whether a training may follow."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from cytoforge.errors import UserError
from cytoforge.jobs.csv_file import write_csv
from cytoforge.jobs.optional_files import read_json
from cytoforge.segmentation.checks.result import CheckResult

COLUMNS = ["image", "check", "passed", "value", "threshold", "sentence", "advice"]
# One bad image among many is named and left to the user; of most, the settings are wrong.
MOST_FAILED = 0.5
MOST_NAMED = 10


def read_results(paths: Mapping[str, Path]) -> dict[str, list[CheckResult]]:
    """Return the results by image, of files that hold them as a JSON list."""
    return {name: [CheckResult(**row) for row in read_json(path)] for name, path in paths.items()}


def write_results(path: str | Path, results: Mapping[str, Sequence[CheckResult]]) -> None:
    """Write a table with a row per image and check."""
    rows = [
        [
            image,
            one.name,
            "yes" if one.passed else "no",
            "" if one.value is None else f"{one.value:.4g}",
            one.threshold,
            one.sentence,
            one.advice,
        ]
        for image, found in results.items()
        for one in found
    ]
    write_csv(path, COLUMNS, rows)


def warnings_of(results: Mapping[str, Sequence[CheckResult]], overlays: str) -> list[str]:
    """Return a line per image that failed: what failed first, where to look, what helps."""
    return [
        f"{image}: {first.sentence}; look at {overlays}/{image}.png; {first.advice}"
        for image, found in results.items()
        if (first := first_failed(found)) is not None
    ]


def first_failed(found: Sequence[CheckResult]) -> CheckResult | None:
    """Return the first check that did not pass, which explains most."""
    return next((one for one in found if not one.passed), None)


def refuse_bad(
    segmentation: str,
    results: Mapping[str, Sequence[CheckResult]],
    overlays: str,
    checks: Literal["stop", "warn"],
) -> None:
    """Raise UserError where more than half of the images fail and `checks` is `stop`.

    A single image that fails is all of them.
    """
    failed = {name: first for name, r in results.items() if (first := first_failed(r)) is not None}
    if checks == "warn" or len(failed) <= MOST_FAILED * len(results):
        return
    image, first = next(iter(failed.items()))
    others = list(failed)[1 : MOST_NAMED + 1]
    more = f"; {len(failed)} of {len(results)} images fail, also {', '.join(others)}"
    raise UserError(
        where=f"segmentation {segmentation!r}, image {image}: {overlays}/{image}.png",
        expected=f"{first.name} ({first.threshold})",
        found=f"{first.sentence}{more if others else ''}",
        fix=f"look at the picture; {first.advice}; "
        "`checks: warn` in the config goes on nevertheless",
    )
