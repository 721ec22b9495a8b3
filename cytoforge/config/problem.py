"""One mistake in a config: at which keys it is, what is said of it, and what would correct it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from cytoforge.config.base import nearest_name, proposal

Keys = tuple[str, ...]
"""The keys that lead to a setting, one by one: names may hold what separates them in a message."""


class Kind(Enum):
    """What a mistake is."""

    VALUE = "a value that cannot be, or names what is not there"
    KEY = "a key that is not there"
    BLOCK = "the name of a block or set that is not there"


@dataclass(frozen=True)
class Problem:
    """One mistake.

    Parameters
    ----------
    path : keys of what would have to be corrected
    message : what must be, what is there and what to do, without the path
    shown : what stands before the message; by default the path
    kind : what the mistake is
    found : the wrong name, where the mistake is one
    instead : the name that was probably meant
    among : keys of the setting that holds the names that are known
    """

    path: Keys
    message: str
    shown: str | None = None
    kind: Kind = Kind.VALUE
    found: str | None = field(default=None, compare=False)
    instead: str | None = field(default=None, compare=False)
    among: Keys = field(default=(), compare=False)

    def __str__(self) -> str:
        shown = ".".join(self.path) if self.shown is None else self.shown
        return f"{shown}: {self.message}" if shown else self.message


CHANNELS: Keys = ("images", "channels")


def wrong_name(
    path: Keys, message: str, name: str, known: Iterable[str], among: Keys = ()
) -> Problem:
    """Return the problem of a name that is none of those known; the nearest ends its message."""
    instead = nearest_name(name, known)
    said = message + proposal(instead)
    return Problem(path, said, found=name, instead=instead, among=among)


def no_block(
    path: Keys, message: str, name: str, known: Iterable[str], among: Keys = ()
) -> Problem:
    """Return the problem of a name that no block or set has."""
    return replace(wrong_name(path, message, name, known, among), kind=Kind.BLOCK)


class Mistakes(ValueError):
    """Raised in the check of a section: problems whose paths begin in that section."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


def mistake(message: str, *keys: str) -> Mistakes:
    """Return what to raise in the check of a section whose message names the keys itself.

    keys : those that lead from the section to what would have to be corrected
    """
    return Mistakes([Problem(keys, message, shown="")])


def at(path: Keys, problem: Problem) -> Problem:
    """Return a problem of a section as one of the config that has it at `path`."""
    before, shown = ".".join(path), problem.shown
    if shown is not None and before:
        shown = f"{before}: {shown}" if shown else before
    return replace(problem, path=(*path, *problem.path), shown=shown)
