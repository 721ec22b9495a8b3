"""The curve of a training: mean losses between reports, scores at validations."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cytoforge.compute.ranks import sum_over_ranks, world_size
from cytoforge.errors import UserError
from cytoforge.jobs.atomic import write_text
from cytoforge.training.validation import Scores

Row = dict[str, float | int | None]
SCORE = "val_"  # before the name of a validation score, in columns


class History:
    """Rows so far, and the sums of the row being filled; `scores` names those of validations."""

    def __init__(self, scores: Sequence[str] = ()) -> None:
        self.scores = tuple(scores)
        self.rows: list[Row] = []
        self._sums: dict[str, Tensor] = {}
        self._steps = 0

    def add(self, losses: Mapping[str, Tensor]) -> None:
        """Add a step's losses, the same ones at every step, without waiting for the device."""
        if self._sums:
            sums = self._sums.values()
            torch._foreach_add_(list(sums), [losses[name] for name in self._sums])
        else:  # copied: the next step may write over them
            self._sums = {name: loss.clone() for name, loss in losses.items()}
        self._steps += 1

    def close_row(self, **position: float | int) -> Row:
        """Append a row with the mean losses since the last one and empty scores."""
        totals = sum_over_ranks(torch.stack([total.float() for total in self._sums.values()]))
        count = self._steps * world_size()
        means = dict(zip(self._sums, (totals.double() / count).tolist(), strict=True))
        for name, mean in means.items():
            if not math.isfinite(mean):
                raise exploded(f"{name} = {mean} before step {position['step']}")
        self._sums, self._steps = {}, 0
        empty = {f"{SCORE}{name}": None for name in self.scores}
        self.rows.append({**position, **means, **empty})
        return self.rows[-1]

    def score(self, scores: Scores) -> None:
        """Write a validation's scores into the last row.

        Raises UserError for a score that is no number: none would ever be better, or worse.
        """
        for name, score in scores.items():
            if score is not None and not math.isfinite(score):
                raise exploded(f"{SCORE}{name} = {score} at step {self.rows[-1]['step']}")
        self.rows[-1].update({f"{SCORE}{name}": score for name, score in scores.items()})

    def scores_of(self, row: Row) -> Scores:
        """Return a row's validation scores by name."""
        return {name: _real(row[f"{SCORE}{name}"]) for name in self.scores}

    def state_dict(self) -> dict[str, Any]:
        """Return plain values and tensors."""
        sums = {name: total.cpu() for name, total in self._sums.items()}
        return {"rows": [dict(row) for row in self.rows], "sums": sums, "steps": self._steps}

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        """Go on where `state_dict` was taken."""
        self.rows, self._steps = state["rows"], state["steps"]
        self._sums = {name: total.to(device) for name, total in state["sums"].items()}

    def write(self, path: Path) -> None:
        """Write CSV; empty cells where a row has no validation. No times: equal runs are equal."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_text(path, text.getvalue())


def exploded(found: str) -> UserError:
    """Return the error of a training whose numbers have left the range of numbers."""
    return UserError(
        where="models.*.training.learning_rate",
        expected="losses, validation scores and weights that stay finite",
        found=found,
        fix="lower learning_rate; with bf16, try `precision: fp32`",
    )


def _real(value: float | int | None) -> float | None:
    return None if value is None else float(value)
