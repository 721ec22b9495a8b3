"""Faults, counted: what is lost, made again or left behind when the tiny workflow is disturbed.

    python -m benchmarks.faults [--faults kill disk …] [--kills 50] [--seed 0] [--short]

Prints one line per trial and a table of counts. Faults that need a small disk or a read-only one
mount it, as root, and are skipped with a word otherwise. Ends with 1 unless every trial is clean.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.faults import clock, corrupt, disk, kill, late, readonly, two, write
from benchmarks.faults.campaign import Campaign, prepare
from benchmarks.faults.trial import Trial, table

FAULTS: dict[str, Callable[[Campaign], Iterator[Trial]]] = {
    "kill": kill.trials,
    "write": write.trials,
    "disk": disk.trials,
    "two": two.trials,
    "clock": clock.trials,
    "readonly": readonly.trials,
    "late": late.trials,
    "corrupt": corrupt.trials,
}
ROOT = Path(__file__).parents[2]


def run(campaign: Campaign, faults: list[str]) -> list[Trial]:
    """Return the trials of the named faults, printing each as it ends."""
    found = []
    for fault in faults:
        for trial in FAULTS[fault](campaign):
            print(trial, flush=True)
            found.append(trial)
    return found


def main() -> None:
    """Parse the command line, run, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--short", action="store_true", help="few trials a fault, as in CI")
    parser.add_argument("--keep", type=Path, help="an empty folder to work in, kept for inspection")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cytoforge-faults-") as folder:
        campaign = prepare(given.keep or Path(folder), ROOT, given.seed, given.kills, given.short)
        print(f"undisturbed: {campaign.seconds:.0f} s, {len(campaign.sums)} files", flush=True)
        found = run(campaign, given.faults)
    print("\n" + table(found))
    sys.exit(not all(trial.clean for trial in found))


if __name__ == "__main__":
    main()
