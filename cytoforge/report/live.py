"""Learning curves while training runs: `python -m cytoforge.report.live [results]`.

Writes results/report/live.html every few seconds, which a browser loads again by itself, and ends
when nothing has been running for a while. It only reads what training leaves in results/state.
"""

import argparse
import sys
import time
from pathlib import Path

from cytoforge.jobs.atomic import write_text
from cytoforge.report.live_part import Training, live_block, trainings
from cytoforge.report.render import render

EVERY_S = 5
PATIENCE_S = 600


def write_live_page(results: Path, found: list[Training], every_s: int | None) -> Path:
    """Write results/report/live.html; with `every_s` the page loads itself again so often."""
    page = results / "report" / "live.html"
    values = {
        "every_s": every_s,
        "running": sum(one.status == "running" for one in found),
        "written": time.strftime("%H:%M:%S"),
        "blocks": [live_block(one) for one in found],
        "has_report": (results / "report" / "index.html").is_file(),
    }
    write_text(page, render(values, "live.html.j2"))
    return page


def watch(results: Path, every_s: int = EVERY_S, patience_s: float = PATIENCE_S) -> None:
    """Keep the page up to date until nothing has been running for `patience_s` seconds."""
    shown: list[Training] | None = None
    idle_since = time.monotonic()
    try:
        while time.monotonic() - idle_since <= patience_s:
            found = trainings(results)
            if any(one.status == "running" for one in found):
                idle_since = time.monotonic()
            if found != shown:  # drawing takes time that training could use
                write_live_page(results, found, every_s)
                shown = found
            time.sleep(every_s)
    finally:  # also after Ctrl-C: a page that reloads for ever would look as if training went on
        write_live_page(results, trainings(results), None)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m cytoforge.report.live", description=__doc__)
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"))
    parser.add_argument("--once", action="store_true", help="write the page once and end")
    parser.add_argument("--every", type=int, default=EVERY_S, metavar="S", help="seconds between")
    given = parser.parse_args(arguments)
    if not given.results.is_dir():
        print(f"error: no folder {given.results}: run this where results/ lies", file=sys.stderr)
        return 1
    page = write_live_page(given.results, trainings(given.results), None)
    print(f"The page: {page}", flush=True)
    if not given.once:
        try:
            watch(given.results, given.every)
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
