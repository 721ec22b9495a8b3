"""What one trial of a fault found, and the table of all."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """One fault at one moment, and what was wrong afterwards; nothing, if all lists are empty."""

    fault: str
    moment: str
    """When, where and how it struck."""
    differing: tuple[str, ...] = ()
    """Files with other bytes than after an undisturbed run, and files that are missing."""
    rebuilt: tuple[str, ...] = ()
    """Files that were whole and were made again all the same."""
    leftovers: tuple[str, ...] = ()
    """Files under results/ that an undisturbed run lacks."""
    unclear: str = ""
    """What a message should have said and did not."""
    note: str = ""
    """What is worth knowing and no fault."""

    @property
    def clean(self) -> bool:
        """Whether everything went as it should."""
        return not (self.differing or self.rebuilt or self.leftovers or self.unclear)

    def __str__(self) -> str:
        found = [
            f"{name}: {', '.join(paths)}"
            for name in ("differing", "rebuilt", "leftovers")
            if (paths := getattr(self, name))
        ]
        if self.unclear:
            found.append(f"unclear: {self.unclear}")
        words = "; ".join(found) or "ok"
        return f"{self.fault:9} {self.moment:58} {words}{self.note and f'  ({self.note})'}"


def table(trials: Iterable[Trial]) -> str:
    """Return the counts, a line a fault; every column but the first two should be 0 or equal."""
    head = ("fault", "trials", "same bytes", "rebuilt although whole", "leftovers", "unclear")
    lines = ["  ".join(head)]
    by_fault: dict[str, list[Trial]] = {}
    for trial in trials:
        by_fault.setdefault(trial.fault, []).append(trial)
    for fault, found in by_fault.items():
        counts = (
            len(found),
            sum(not trial.differing for trial in found),
            sum(len(trial.rebuilt) for trial in found),
            sum(len(trial.leftovers) for trial in found),
            sum(bool(trial.unclear) for trial in found),
        )
        cells = zip((fault, *map(str, counts)), head, strict=True)
        lines.append("  ".join(cell.ljust(len(name)) for cell, name in cells))
    return "\n".join(lines)
