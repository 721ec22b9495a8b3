"""A config without the mistakes that were found in it, so that further ones are found at once.

Some checks can only be made where others find nothing: whether the maps of two sets go together,
where both sets exist. So what is wrong is corrected as the problem proposes (`did you mean …`), or
left out, and the rest is checked again. Nothing is run with a corrected config.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from cytoforge.config.base import is_alike
from cytoforge.config.problem import Keys, Kind, Problem

# What says of what kind a block is: all else in it, and in blocks that name it, goes by that.
_KINDS = ("method", "model", "preset", "task")
# Without these nothing is checked.
_NEEDED = (("datasets",), ("models",))


class Repair:
    """A raw config that loses its mistakes step by step."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw: dict[str, Any] = deepcopy(dict(raw))
        self._touched: set[Keys] = set()
        self._gone: set[Keys] = set()

    def follows(self, problem: Problem) -> bool:
        """Return whether a problem comes of what was corrected or left out: it is about that, or
        about a name that is gone."""
        path = problem.path
        if any(_contains(one, path) or _contains(path, one) for one in self._gone):
            return True
        if any(_contains(one, problem.among) for one in self._gone):
            return True
        return path in self._touched or self.names_what_is_gone(problem)

    def names_what_is_gone(self, problem: Problem) -> bool:
        """Return whether a problem is that a block is not there which was left out."""
        gone = {path[1] for path in self._gone if len(path) == 2}
        return problem.kind is Kind.BLOCK and problem.found in gone

    def correct(self, problem: Problem) -> bool:
        """Correct what a problem is about; return whether anything is another now."""
        path = tuple(str(key) for _, key in _walk(self.raw, problem.path))
        # Of a block that is gone the section is left, which is not wrong.
        if not path or (len(path) == 1 and len(problem.path) > 1):
            return False
        of_gone = self.names_what_is_gone(problem)
        if path[-1] in _KINDS and not _is_slip(problem):
            return self._leave_out(path[:2])
        if problem.instead is not None and not of_gone and path not in self._touched:
            self._touched.add(path)
            if self._replace(path, problem):
                return True
        # Twice wrong, or named without it what is gone: the whole block goes.
        again = of_gone or path in self._touched or path in self._gone
        return self._leave_out(path[:2] if again else path)

    def _replace(self, path: Keys, problem: Problem) -> bool:
        """Put the name that was meant where the wrong one is; return whether it was there."""
        *_, (holder, key) = _walk(self.raw, path)
        found, instead = problem.found, problem.instead
        if problem.kind is Kind.KEY:
            value = holder.pop(key)
            holder.setdefault(instead, value)
            return True
        value = holder[key]
        if isinstance(value, Mapping):
            changed: Any = {
                instead if k == found else k: instead if v == found else v for k, v in value.items()
            }
        elif isinstance(value, list | tuple):
            changed = list(dict.fromkeys(instead if one == found else one for one in value))
        else:
            changed = instead
        holder[key] = changed
        return bool(changed != value)

    def _leave_out(self, path: Keys) -> bool:
        found = list(_walk(self.raw, path))
        if len(found) < len(path) or path in _NEEDED:
            return False
        holder, key = found[-1]
        if isinstance(holder, list):
            # Others would move up: the whole list goes.
            return self._leave_out(path[:-1])
        del holder[key]
        self._gone.add(path)
        return True


def _is_slip(problem: Problem) -> bool:
    """Return whether a name is the one proposed but for a letter or two."""
    return problem.instead is not None and is_alike(str(problem.found), problem.instead)


def _contains(outer: Keys, inner: Keys) -> bool:
    return inner[: len(outer)] == outer


def _walk(raw: Any, path: Keys) -> Iterator[tuple[Any, Any]]:
    """Yield what holds each step of a path, and its key there, as far as the config goes."""
    for step in path:
        key = _key(raw, step)
        if key is None:
            return
        yield raw, key
        raw = raw[key]


def _key(holder: Any, step: str) -> Any:
    """Return a step as a key of what holds it; None where it has no such."""
    if isinstance(holder, list):
        return int(step) if step.isdigit() and int(step) < len(holder) else None
    if not isinstance(holder, Mapping):
        return None
    # Keys that YAML takes for numbers or dates are named as they are shown.
    return step if step in holder else next((key for key in holder if str(key) == step), None)
