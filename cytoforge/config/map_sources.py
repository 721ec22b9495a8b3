"""Sources of label maps by name, and the seeds of what they draw; imports nothing heavy.

A source is a folder of `cytoforge/map_sources/sources`, found by its name, whose `config.py` holds
`CONFIG`, the section of its settings (`sets.<name>.source`).
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError

from cytoforge.config.base import Section
from cytoforge.config.problem import Keys, Problem
from cytoforge.config.problems import problems_in
from cytoforge.jobs.by_name import load, names_in

MOST_MAPS = 10_000
DEFAULT_SIZE_PX = (512, 512)
_RANGE = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?")


def map_source_names() -> tuple[str, ...]:
    """Return the names of all sources of label maps, sorted, the default first."""
    return tuple(sorted(names_in("map_sources", "config"), key=lambda name: name != "shapes"))


def is_map_source(name: str) -> bool:
    """Return whether a name is that of a source; another one may be a model's."""
    return name in map_source_names()


def map_source_config(name: str) -> type[Section]:
    """Return the section of settings of a source of `map_source_names`."""
    return cast(type[Section], load("map_sources", name, "config").CONFIG)


def source_problems(where: Keys, source: str, settings: Mapping[str, Any]) -> list[Problem]:
    """Return every problem of a source's settings, with its path, which begins with `where`."""
    section = map_source_config(source)
    try:
        section.model_validate(dict(settings))
    except ValidationError as error:
        return problems_in(section, error, where)
    return []


def seeds_in(seeds: Any) -> tuple[int, ...]:
    """Return the seeds of `1-100`, `1-4, 9` or a list; ValueError for others and for repeated ones.

    >>> seeds_in("1-4, 9"), seeds_in((3, 1))
    ((1, 2, 3, 4, 9), (3, 1))
    """
    found: list[int] = []
    if isinstance(seeds, str):
        for part in seeds.split(","):
            match = _RANGE.fullmatch(part.strip())
            if match is None:
                raise ValueError(f"seeds are written as 1-100, 1-4, 9 or a list, not {seeds!r}")
            first, last = int(match[1]), int(match[2] or match[1])
            if last - first >= MOST_MAPS:
                raise ValueError(f"at most {MOST_MAPS:,} seeds")
            found += range(first, last + 1)
    else:
        found = list(seeds)
    if not 0 < len(found) <= MOST_MAPS or min(found) < 0 or max(found) >= 10**9:
        raise ValueError(f"1 to {MOST_MAPS:,} seeds from 0 to 999,999,999")
    if len(set(found)) < len(found):
        raise ValueError("names a seed more than once; name each once")
    return tuple(found)
