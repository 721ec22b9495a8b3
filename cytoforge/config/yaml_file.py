"""YAML as users write it: a mistake is named with its line and likely cause, and so is a name that
a section has twice, of which YAML keeps the last without a word.

`python -m cytoforge.config.yaml_file FILE` says of a file what Snakemake does not: it reads one
named by `--configfile` before any line of ours.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from cytoforge.config.yaml_mistakes import broken_yaml
from cytoforge.errors import UserError, shown, told
from cytoforge.jobs.text_file import encoding_of, read_user_text
from cytoforge.jobs.user_path import Place, look_at


def read_yaml(path: str | Path) -> Any:
    """Return what a YAML file holds, None where it holds nothing.

    Raises UserError for what is no YAML, with its line, and for a name given twice in one section.
    """
    text = read_user_text(path, "a YAML file", "correct the path")
    try:
        _refuse_twice(yaml.compose(text, Loader=yaml.SafeLoader), shown(path))
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise broken_yaml(error, text, shown(path)) from None
    except (ValueError, RecursionError) as error:
        raise _no_value(error, path) from None


def _no_value(error: Exception, path: str | Path) -> UserError:
    """Return the error of YAML whose values cannot be: a date such as 2026-13-45, endless depth."""
    found = "sections within sections without end" if isinstance(error, RecursionError) else error
    return UserError(
        shown(path),
        "values that YAML can read",
        str(found),
        "put a text that looks like a date or a number in quotes",
    )


def check_config_files(paths: Iterable[str | Path]) -> None:
    """Check all of them, see `check_config_file`."""
    for path in paths:
        check_config_file(path)


def check_config_file(path: str | Path) -> None:
    """Raise UserError for a config that Snakemake cannot read, or would read half of.

    A file that is not there is Snakemake's to name.
    """
    if look_at(path) == Place("nothing"):
        return
    text = read_user_text(path, "a config", "correct the path after --configfile")
    encoding = encoding_of(Path(path).read_bytes()[:4])
    if not encoding.startswith("utf-8"):
        found = f"{encoding.upper()} text, which Snakemake does not read"
        raise UserError(shown(path), "UTF-8 text", found, "save it as UTF-8")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        yaml.safe_load(text)
    except (ValueError, RecursionError) as error:
        raise _no_value(error, path) from None
    except yaml.YAMLError as error:
        if not _is_json(text, shown(path)):
            raise broken_yaml(error, text, shown(path)) from None
        return
    _refuse_twice(node, shown(path))


def _is_json(text: str, where: str) -> bool:
    """Return whether it is JSON, which may be indented with tabs; refuse a name given twice."""

    def section(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise UserError(where, "each name once in its section", f"twice: {', '.join(twice)}")
        return dict(pairs)

    try:
        json.loads(text, object_pairs_hook=section)
    except ValueError:
        return False
    return True


def _refuse_twice(node: yaml.Node | None, where: str) -> None:
    twice = [] if node is None else sorted(set(_twice(node, (), set())))
    if twice:
        found = [f"`{path}` in line {first} and in line {second}" for first, second, path in twice]
        raise UserError(
            where,
            "each name once in its section",
            "; ".join(found),
            "rename or remove one of them: YAML keeps only the last",
        )


def _twice(
    node: yaml.Node, path: tuple[str, ...], seen: set[int]
) -> Iterator[tuple[int, int, str]]:
    """Yield (line, line, path) of each key that its section has before, at any depth.

    seen : nodes met so far; anchors lead to one node again and again, even from within itself
    """
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _twice(item, (*path, str(number)), seen)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        # `<<` merges another section, `?` is one of the programs that Snakemake lets a config be.
        if name in lines and not name.startswith(("<<", "?")):
            yield lines[name], line, ".".join((*path, name))
        lines[name] = line
        yield from _twice(value, (*path, name), seen)


def main() -> int:
    """Check the config files named on the command line."""
    with told():
        for name in sys.argv[1:]:
            check_config_file(name)
            if look_at(name) == Place("nothing"):
                raise UserError(name, "a config", "no such file", "correct the path")
            print(f"{name}: YAML without mistakes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
