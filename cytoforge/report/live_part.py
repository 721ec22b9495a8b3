"""What the live page shows of each training: read from the state folder, never written to it."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from markupsafe import Markup

from cytoforge.jobs.optional_files import read_json, read_rows, real
from cytoforge.report.drawing import as_svg, inline
from cytoforge.report.numbers import MISSING, duration, number
from cytoforge.report.pictures import Picture, photo
from cytoforge.report.results import read_rgb
from cytoforge.report.training_part import MORE_IS_BETTER, SCORE, score_label, training_figure

# Rows come a tenth of a validation apart; a training is called silent after some of them, and not
# before two minutes, because a validation stops the steps for a while.
SILENT_ROWS, SILENT_S = 6, 120

Status = Literal["running", "finished", "silent"]
ORDER: dict[Status, int] = {"running": 0, "silent": 1, "finished": 2}


@dataclass(frozen=True)
class Training:
    """One training as its state folder shows it.

    seen : time of the last row, seconds since 1970
    step, total : steps so far and in all; total is None where time ends the training
    losses : groups of losses that the model names
    """

    name: str
    status: Status
    seen: float
    step: int
    total: int | None
    steps_per_second: float | None
    history: list[dict[str, str]]
    losses: dict[str, list[str]]
    sheet: Path | None

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at the pace so far, where that is known."""
        if self.total is None or not self.steps_per_second:
            return None
        return (self.total - self.step) / self.steps_per_second


def trainings(results: Path, now: float | None = None) -> list[Training]:
    """Return every training that has left a history in `results/state`, running ones first."""
    now = time.time() if now is None else now
    found = [_read(path.parent, results, now) for path in results.glob("state/*/history.csv")]
    return sorted(found, key=lambda one: (ORDER[one.status], one.name))


def _read(folder: Path, results: Path, now: float) -> Training:
    history = read_rows(folder / "history.csv")
    progress = read_json(folder / "progress.json") or {}
    pace = progress.get("steps_per_second")
    seen = (folder / "history.csv").stat().st_mtime
    return Training(
        name=folder.name,
        status=_status(results / "models" / folder.name, seen, history, pace, now),
        seen=seen,
        step=int(real(history[-1]["step"]) or 0) if history else 0,
        total=progress.get("total"),
        steps_per_second=pace,
        history=history,
        losses=progress.get("losses", {}),
        sheet=max(folder.glob("sheets/*.png"), default=None),
    )


def _status(
    model: Path, seen: float, history: list[dict[str, str]], pace: float | None, now: float
) -> Status:
    totals = model / "training.json"  # written last
    if totals.is_file() and totals.stat().st_mtime >= seen:
        return "finished"
    steps = [real(row["step"]) or 0 for row in history[-2:]]
    apart = (steps[-1] - steps[0]) / pace if len(steps) == 2 and pace else 0
    return "running" if now - seen <= max(SILENT_S, SILENT_ROWS * apart) else "silent"


def live_block(training: Training) -> dict[str, Any]:
    """Return what the template needs of one training."""
    history, left = training.history, training.seconds_left
    total = training.total
    return {
        "name": training.name,
        "status": training.status,
        "percent": None if not total else round(100 * min(training.step / total, 1), 1),
        "facts": [
            ("step", f"{training.step:,}" + (f" of {total:,}" if total else "")),
            ("images seen", f"{int(real(history[-1]['images_seen']) or 0):,}" if history else "0"),
            ("pace", f"{number(training.steps_per_second)} steps/s"),
            ("left", _left(training.status, left)),
            ("last row at", time.strftime("%H:%M:%S", time.localtime(training.seen))),
            *_last_values(history),
        ],
        "figure": _figure(training),
        "sheet": None if training.sheet is None else _sheet(training.name, training.sheet),
    }


def _figure(training: Training) -> Markup | None:
    figure = training_figure(training.history, training.losses, None)
    return inline(as_svg(figure), training.name, f"Curves of {training.name}") if figure else None


def _left(status: Status, seconds: float | None) -> str:
    if status == "finished":
        return "nothing"
    return (
        MISSING if seconds is None or status == "silent" else f"about {duration(max(seconds, 0))}"
    )


def _sheet(name: str, path: Path) -> Picture | None:
    """Return a sample sheet; None where a training that starts again has just removed it."""
    rgb = read_rgb(path)
    step = int(path.stem.removeprefix("step_"))
    title = f"label map · synthetic · real, step {step}"
    return None if rgb is None else photo(rgb, f"Validation samples of {name}", title=title)


def _last_values(history: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Return the newest validation scores, with the best so far."""
    facts = []
    for column in history[0] if history else ():
        if not column.startswith(SCORE):
            continue
        values = [v for row in history if (v := real(row.get(column))) is not None]
        if values:
            best = max if column.removeprefix(SCORE) in MORE_IS_BETTER else min
            text = f"{number(values[-1])}, best {number(best(values))}"
            facts.append((f"validation {score_label(column)}", text))
    return facts
