"""A config without the mistakes that were found in it, so that further ones are found at once.

Some checks can only be made where others find nothing: whether the maps of two sets go together,
where both sets exist. So what is wrong is corrected as the message proposes (`did you mean …`), or
left out, and the rest is checked again. Nothing is run with a corrected config.

A problem is a line that begins with the path of what is wrong, e.g. `sets.made.maps: …`.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

_PROPOSED = re.compile(r"did you mean `([^`]+)`\?")
_QUOTED = re.compile(r"'([^']+)'")
_PATH = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_ABSENT = re.compile(r"no (?:block|set) '|neither .* '|no source of label maps '")
_UNKNOWN = ": unknown key"
# Without these nothing is checked.
_NEEDED = (["datasets"], ["models"])


class Repair:
    """A raw config that loses its mistakes step by step."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw: dict[str, Any] = deepcopy(dict(raw))
        self._touched: set[str] = set()
        self._gone: set[str] = set()

    def follows(self, problem: str) -> bool:
        """Return whether a problem comes of what was corrected or left out: it is about that, or
        about a name that is gone."""
        path = path_of(problem)
        if any(_contains(one, path) or _contains(path, one) for one in self._gone):
            return True
        return path in self._touched or self.names_what_is_gone(problem)

    def names_what_is_gone(self, problem: str) -> bool:
        """Return whether a problem is that a block is not there which was left out."""
        if not _ABSENT.search(problem):
            return False
        gone = {path.split(".")[-1] for path in self._gone if path.count(".") == 1}
        return any(name in gone for name in _QUOTED.findall(problem)[:2])

    def correct(self, problem: str) -> bool:
        """Correct what a problem is about; return whether anything is another now."""
        named = path_of(problem)
        path = self._known_part(named)
        # Of a block that is gone the section is left, which is not wrong.
        if not path or ("." in named and "." not in path):
            return False
        proposed = _PROPOSED.search(problem)
        if proposed and not self.names_what_is_gone(problem) and path not in self._touched:
            self._touched.add(path)
            if self._replace(path, problem, proposed[1]):
                return True
        steps = path.split(".")
        # Twice wrong, or named without it what is gone: the whole block goes.
        if path in self._touched | self._gone or self.names_what_is_gone(problem):
            steps = steps[:2]
        return self._leave_out(steps)

    def _known_part(self, path: str) -> str:
        """Return the part of a path that the config has."""
        known: list[str] = []
        for _, key in _walk(self.raw, path.split(".")):
            known.append(key)
        return ".".join(known)

    def _replace(self, path: str, problem: str, proposed: str) -> bool:
        *_, (holder, key) = _walk(self.raw, path.split("."))
        if _UNKNOWN in problem:
            value = holder.pop(key)
            holder.setdefault(proposed, value)
            return True
        wrong, at = set(_QUOTED.findall(problem)), _key(holder, key)
        value = holder[at]
        if isinstance(value, Mapping):
            changed: Any = {
                proposed if k in wrong else k: proposed if v in wrong else v
                for k, v in value.items()
            }
        elif isinstance(value, list | tuple):
            changed = list(dict.fromkeys(proposed if one in wrong else one for one in value))
        else:
            changed = proposed
        holder[at] = changed
        return bool(changed != value)

    def _leave_out(self, steps: list[str]) -> bool:
        found = list(_walk(self.raw, steps))
        if len(found) < len(steps) or steps in _NEEDED:
            return False
        holder, key = found[-1]
        if isinstance(holder, list):
            # Others would move up: the whole list goes.
            return self._leave_out(steps[:-1])
        del holder[key]
        self._gone.add(".".join(steps))
        return True


def path_of(problem: str) -> str:
    """Return the path that a problem begins with, or the first that it names.

    >>> path_of("datasets.tiles.tile_px (model a): 100 is no multiple of 16")
    'datasets.tiles.tile_px'
    >>> path_of("a loop of names, of which nothing can be made first: sets.a needs sets.b")
    'sets.a'
    """
    first = _PATH.match(problem)
    if first and problem[first.end() :].startswith((":", " (")):
        return first[0]
    return next((one for one in _PATH.findall(problem) if "." in one), "")


def _contains(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}.")


def _walk(raw: Any, steps: list[str]) -> Iterator[tuple[Any, str]]:
    """Yield what holds each step of a path, and the step, as far as the config goes."""
    for step in steps:
        key = _key(raw, step)
        if key is None:
            return
        yield raw, step
        raw = raw[key]


def _key(holder: Any, step: str) -> Any:
    """Return a step as a key of what holds it; None where it has no such."""
    if isinstance(holder, list) and step.isdigit() and int(step) < len(holder):
        return int(step)
    return step if isinstance(holder, Mapping) and step in holder else None
