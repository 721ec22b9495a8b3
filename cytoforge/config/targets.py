"""What a user may ask a run for: the nearest of all that there is to a mistyped target."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from pathlib import PurePosixPath

from cytoforge.config.base import is_alike, nearest, nearest_name, proposal
from cytoforge.errors import UserError

_MOST_TRIES = 10
# A wildcard in the text of an output: its name, and what Snakemake has added of its constraint.
_WILDCARD = re.compile(r"\{\s*(\w+)\s*(?:,[^{}]*)?\}")


def unknown_target(
    target: str,
    rules: Iterable[str],
    outputs: Iterable[str],
    names: Mapping[str, Sequence[str]],
    is_made: Callable[[str], bool] = lambda file: True,
) -> UserError:
    """Return the error of a target that no rule makes, with the nearest one that some rule does.

    Parameters
    ----------
    rules : names that can be asked for
    outputs : outputs of all rules, with wildcards
    names : what each wildcard may be
    is_made : whether a rule makes a file: not all that the names of its wildcards make up
    """
    known = {key: _likely(target, values) for key, values in names.items()}
    files = [file for output in outputs for file in _expanded(output, known)]
    # A rule may make files of that pattern, and not this one of them.
    rules = list(rules)
    candidates = [name for name in dict.fromkeys((*rules, *files)) if name != target]
    near = nearest_name(target, candidates)
    for _ in range(_MOST_TRIES):
        if near is None or near in rules or is_made(near):
            break
        candidates.remove(near)
        near = nearest_name(target, candidates)
    else:
        near = None
    hint = proposal(near or _by_a_word(target, rules))
    return UserError(
        "target on the command line",
        "the name of a rule, or a file that one makes",
        f"{target!r}{hint}",
        "correct it; `snakemake --list` names the rules, `snakemake --summary` the files",
    )


def absolute_target(target: str, relative: str | None) -> UserError:
    """Return the error of a target by its whole path, of which Snakemake knows no rule.

    relative : the same from the working directory, where a rule makes it
    """
    return UserError(
        "target on the command line",
        "the name of a rule, or a path from the working directory",
        repr(target),
        f"ask for {relative}" if relative else "correct it; `snakemake --summary` names the files",
    )


def unknown_name(target: str, key: str, name: str, known: Sequence[str], where: str) -> UserError:
    """Return the error of a target for an image, or the like, that is not there."""
    return UserError(
        f"target {target}",
        f"an {key} of {where}",
        f"no {key} {name!r}{nearest(name, known)}",
        f"correct it; there: {', '.join(known[:5])}{', …' if len(known) > 5 else ''}",
    )


def _by_a_word(target: str, rules: Iterable[str]) -> str | None:
    """Return the rule of which one word is almost the target: `write_report` for `reprot`."""
    found = (rule for rule in rules if any(is_alike(target, word) for word in rule.split("_")))
    return next(found, None)


def _likely(target: str, values: Sequence[str]) -> list[str]:
    """Return the values to try: of ten thousand images only what the target may have meant."""
    if len(values) <= 50:
        return list(values)
    stem = PurePosixPath(target).name.split(".")[0]
    near = nearest_name(stem, values)
    return [stem] * (stem in values) + ([] if near is None else [near]) or [values[0]]


def _expanded(output: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the files that an output stands for; none where a wildcard is unknown."""
    keys = list(dict.fromkeys(_WILDCARD.findall(output)))
    if not set(keys) <= set(names):
        return []
    files = []
    for values in product(*(names[key] for key in keys)):
        file = _WILDCARD.sub(r"{\1}", output)
        for key, value in zip(keys, values, strict=True):
            file = file.replace(f"{{{key}}}", value)
        files.append(file)
    return files
