"""Ask the checks of a segmentation of images that are segmented well, and of spoilt ones.

    python -m benchmarks.checks DATA [--only TEXT]

DATA is the folder with the sets that `benchmarks.check_cases` and `benchmarks.phase_cases` name;
the shipped images are taken from resources/images. Prints a markdown table with a row per case,
failed checks in bold, and how many cases are stopped. Thresholds were set from half A; half B has
other images.
"""

import argparse
import time
from collections import Counter
from itertools import chain
from pathlib import Path

from benchmarks.check_cases import Case, cases
from benchmarks.phase_cases import phase_cases
from cytoforge.errors import UserError
from cytoforge.segmentation.checks.result import CheckResult
from cytoforge.segmentation.checks.run import run_checks
from cytoforge.segmentation.registry import segment

SHIPPED = Path(__file__).parents[1] / "resources" / "images"
Judged = list[CheckResult] | str


def main() -> None:
    """Print the table and the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", default="", help="cases with this text in their names")
    arguments = parser.parse_args()
    counts: Counter[tuple[str, str, bool]] = Counter()
    slowest, header = 0.0, False
    for case in chain(cases(SHIPPED, arguments.data), phase_cases(arguments.data)):
        if arguments.only not in case.name:
            continue
        found, seconds = judge(case)
        slowest = max(slowest, seconds)
        if not header and not isinstance(found, str):
            print_header(found)
            header = True
        stopped = isinstance(found, str) or not all(one.passed for one in found)
        counts["B" if case.held_out else "A", kind(case), stopped] += 1
        print(row(case, found, stopped), flush=True)
    print_counts(counts)
    print(f"slowest checks of one image: {slowest:.1f} s")


def judge(case: Case) -> tuple[Judged, float]:
    """Return the results, or why the method itself refuses the image, and the checks' seconds."""
    try:
        found = case.segmentation or segment(case.image, case.config)
    except UserError as error:
        return error.found, 0.0
    start = time.perf_counter()
    return run_checks(case.image, found, case.config), time.perf_counter() - start


def kind(case: Case) -> str:
    """Return what is the matter with a case."""
    method = "phase: " if case.name.startswith("phase: ") else ""
    if case.good:
        return f"{method}good"
    name, _, how = case.name.partition(", ")
    wrong = "wrong channel" if how.startswith("nuclei in") else how
    return f"{method}{wrong}" if wrong else name.split()[0]


def print_header(found: list[CheckResult]) -> None:
    """Print the head of the table."""
    titles = ["case", "half", *(f"{one.name} ({one.threshold})" for one in found), "verdict"]
    print("| " + " | ".join(titles) + " |")
    print("|---" * len(titles) + "|")


def row(case: Case, found: Judged, stopped: bool) -> str:
    """Return a row of the table; a verdict that is wrong says so."""
    right = "" if stopped != case.good else " WRONG"
    cells = [f"method refuses: {found}"] if isinstance(found, str) else [cell(r) for r in found]
    verdict = ("stopped" if stopped else "passed") + right
    return "| " + " | ".join([case.name, "AB"[case.held_out], *cells, verdict]) + " |"


def cell(one: CheckResult) -> str:
    """Return a value, in bold where it failed."""
    text = "–" if one.value is None else f"{one.value:.3g}"
    return text if one.passed else f"**{text}**"


def print_counts(counts: Counter[tuple[str, str, bool]]) -> None:
    """Print per half and kind how many cases are stopped."""
    print("\n| kind, stopped of all | half A | half B (other images) |\n|---|---|---|")
    for name in dict.fromkeys(kind for _, kind, _ in counts):
        halves = (
            f"{counts[half, name, True]} of {counts[half, name, True] + counts[half, name, False]}"
            for half in "AB"
        )
        print("| " + " | ".join([name, *halves]) + " |")


if __name__ == "__main__":
    main()
