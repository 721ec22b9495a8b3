"""What a person sees while training runs: a bar or plain lines, TensorBoard, sample sheets."""

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from tqdm import tqdm

from cytoforge.compute.ranks import rank
from cytoforge.images.picture import write_png
from cytoforge.jobs.atomic import write_json
from cytoforge.training.history import History, Row

POSITION = ("step", "epoch", "images_seen", "learning_rate")


class Reporter:
    """Lines on stderr, a bar on a terminal; TensorBoard events and sheets in the state folder.

    Event files hold times, so they are not part of the results, which are equal for equal runs.
    """

    def __init__(
        self, folder: Path, first_step: int, total: int | None, terminal: TextIO | None = None
    ) -> None:
        # total is None where time ends the training
        # Heavy (0.7 s) and needed only where training really starts.
        from torch.utils.tensorboard import SummaryWriter

        self.folder, self.first, self.total = folder, first_step, total
        self.start = time.monotonic()
        self.events: Any = None
        self.bar = None
        self.groups: Mapping[str, Sequence[str]] = {}  # of losses, for who draws the curves
        if rank() > 0:
            return
        if first_step == 0:  # what another config left here would mislead
            for name in ("sheets", "tensorboard"):
                shutil.rmtree(folder / name, ignore_errors=True)
        # purge_step: what an interrupted run wrote after its last saved state did not happen.
        self.events = SummaryWriter(str(folder / "tensorboard"), purge_step=first_step)
        if terminal is not None and terminal.isatty():
            self.bar = tqdm(
                total=total, initial=first_step, unit="step", file=terminal, leave=False
            )

    def say(self, text: str) -> None:
        """Print one line."""
        if rank() == 0:
            print(text, file=sys.stderr, flush=True)

    def stepped(self) -> None:
        """Move the bar."""
        if self.bar is not None:
            self.bar.update()

    def row(self, row: Row, history: History) -> None:
        """Show one row of the history, and keep all so far for who watches the training."""
        if rank() > 0:
            return
        history.write(self.folder / "history.csv")
        write_json(self.folder / "progress.json", self._progress(int(row["step"] or 0)))
        values = {k: v for k, v in row.items() if k not in POSITION and v is not None}
        step = int(row["step"] or 0)
        for name, value in values.items():
            self.events.add_scalar(name, value, step)
        losses = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        if self.bar is not None:
            self.bar.set_postfix_str(losses)
        of = "" if self.total is None else f"/{self.total}"
        self.say(f"step {step}{of}  {self._pace(step)}  {losses}")

    def sheet(self, step: int, sheet: np.ndarray) -> None:
        """Keep a sample sheet."""
        write_png(self.folder / "sheets" / f"step_{step:07d}.png", sheet)
        self.events.add_image("samples", sheet, step, dataformats="HWC")

    def __enter__(self) -> "Reporter":
        return self

    def __exit__(self, *error: object) -> None:
        if self.events is not None:
            self.events.close()
        if self.bar is not None:
            self.bar.close()

    def _progress(self, step: int) -> dict[str, Any]:
        seconds = time.monotonic() - self.start
        pace = round((step - self.first) / seconds, 3) if seconds > 0 else None
        position = {"step": step, "total": self.total, "steps_per_second": pace}
        return {**position, "losses": dict(self.groups)}

    def _pace(self, step: int) -> str:
        done, seconds = step - self.first, time.monotonic() - self.start
        if done <= 0:
            return ""
        pace = f"{done / seconds:.1f} steps/s"
        if self.total is None:
            return pace
        minutes, rest = divmod(round(seconds / done * (self.total - step)), 60)
        return f"{pace}, {minutes}:{rest:02d} to go"
