"""The classes of a label map that the user has: which values of the map each of them takes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from typing import Any

from cytoforge.config.base import nearest
from cytoforge.config.own_maps import MOST_CLASSES, OwnMapConfig, is_colour
from cytoforge.errors import UserError
from cytoforge.images.names import is_name
from cytoforge.images.table import Purpose, Row, read_table
from cytoforge.references.codes import OWN, Code
from cytoforge.references.colours import FURTHER_COLOURS, REGION_COLOURS, RGB

COLUMNS = ("value", "class", "colour")
_PURPOSE = Purpose(
    "a table of classes",
    "one row per value: " + ", ".join(COLUMNS),
    "value",
    "write one (config/README.md), or give the values in the config: {ground: 0, cell: 1}",
    comments=False,
)


@dataclass(frozen=True)
class MapClass:
    """One class of the user's label maps.

    Attributes
    ----------
    name : unique among the classes
    values : whole numbers, colours as `#rrggbb` in small letters, names of outlines; the first is
        written where a made map is given the user's own values again
    colour : what previews show it in, 0–255; None: one of a palette
    """

    name: str
    values: tuple[int | str, ...]
    colour: RGB | None = None


def read_classes(config: OwnMapConfig, where: str) -> tuple[MapClass, ...]:
    """Return the classes in their order: as in the config, or as they first come in its table.

    Parameters
    ----------
    where : of the config block, e.g. "references.organs", for messages

    Raises
    ------
    UserError : no such table, or values and names that two classes share, all at once
    """
    if isinstance(config.classes, str):
        where, classes, problems = config.classes, *_from_table(config.classes)
    else:
        where, problems = f"{where}.classes", []
        classes = [_from_config(name, values) for name, values in config.classes.items()]
    problems += _problems(classes)
    if problems:
        raise UserError(
            where=where,
            expected="classes, each with values of its own",
            found="\n    - ".join(["", *problems]) if len(problems) > 1 else problems[0],
            fix="correct these; config/README.md shows a table",
        )
    return tuple(classes)


def class_codes(classes: Sequence[MapClass]) -> tuple[Code, ...]:
    """Return the code table: codes 0, 1, 2, … in the order of the classes."""
    # The first class is the ground more often than not.
    palette = islice(cycle(FURTHER_COLOURS), len(classes))
    usual = [REGION_COLOURS["background"], *palette]
    return tuple(
        Code(code, one.name, OWN, None, one.colour or usual[code], one.values)
        for code, one in enumerate(classes)
    )


def classes_of_codes(codes: Sequence[Code]) -> tuple[MapClass, ...]:
    """Inverse of `class_codes`, for what a trained model knows of the classes."""
    return tuple(MapClass(code.name, code.values, code.colour) for code in codes)


def class_rows(classes: Sequence[MapClass]) -> list[dict[str, Any]]:
    """Return plain values for `params:`, in the order of the classes."""
    return [asdict(one) for one in classes]


def classes_from_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[MapClass, ...]:
    """Inverse of `class_rows`."""
    return tuple(
        MapClass(row["name"], tuple(row["values"]), row["colour"] and _rgb(row["colour"]))
        for row in rows
    )


def typed(text: str) -> int | str:
    """Return a cell's value: a whole number, a colour in small letters, or a name.

    >>> typed("7"), typed("-1"), typed("#FF8000"), typed("255,128,0"), typed("tumour")
    (7, -1, '#ff8000', '#ff8000', 'tumour')
    """
    if is_colour(text):
        return text.lower()
    try:
        return int(text)
    except ValueError:
        pass
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 3 and all(part.isdecimal() and int(part) < 256 for part in parts):
        return "#" + "".join(f"{int(part):02x}" for part in parts)
    return text


def _from_config(name: str, values: Any) -> MapClass:
    given = values if isinstance(values, tuple) else (values,)
    return _with_colour(name, [typed(one) if isinstance(one, str) else one for one in given], None)


def _with_colour(name: str, values: Sequence[int | str], colour: RGB | None) -> MapClass:
    """A class that the user has in colours is shown in the first of these."""
    first = next((str(value) for value in values if is_colour(value)), None)
    return MapClass(name, tuple(values), colour or (None if first is None else hex_rgb(first)))


def hex_rgb(colour: str) -> RGB:
    """Return red, green and blue of `#rrggbb`."""
    return _rgb([int(colour[start : start + 2], 16) for start in (1, 3, 5)])


def _rgb(values: Sequence[int]) -> RGB:
    red, green, blue = values
    return red, green, blue


def _from_table(path: str) -> tuple[list[MapClass], list[str]]:
    """Return the classes of a table and what is wrong with it."""
    table = read_table(path, _PURPOSE)
    problems = list(table.problems)
    for column in COLUMNS[:2]:
        if column not in table.columns:
            problems.append(f"no column `{column}`{nearest(column, table.columns)}")
    if problems:
        return [], problems
    values: dict[str, list[int | str]] = defaultdict(list)
    colours: dict[str, RGB | None] = {}
    for row in table.rows:
        problems += _row_problems(row)
        name, colour = row.get("class"), typed(row.get("colour"))
        values[name].append(typed(row.get("value")))
        if is_colour(colour):
            colours.setdefault(name, hex_rgb(str(colour)))
    return [_with_colour(name, values[name], colours.get(name)) for name in values], problems


def _row_problems(row: Row) -> list[str]:
    problems = [f"line {row.line}: no {column}" for column in COLUMNS[:2] if not row.get(column)]
    name, colour = row.get("class"), row.get("colour")
    if name and not is_name(name):
        problems.append(f"line {row.line}: class {name!r}: letters, digits, `_` and `-` only")
    if colour and not is_colour(typed(colour)):
        problems.append(f"line {row.line}: colour {colour!r}: write #rrggbb, e.g. #ff0000")
    return problems


def _problems(classes: Sequence[MapClass]) -> list[str]:
    """Name classes that differ in case alone, and values of two classes."""
    problems = []
    if len(classes) < 2 or len(classes) > MOST_CLASSES:
        problems.append(f"{len(classes)} classes, not 2 to {MOST_CLASSES}")
    names: dict[str, str] = {}
    owners: dict[int | str, str] = {}
    for one in classes:
        other = names.setdefault(one.name.casefold(), one.name)
        if other != one.name:
            problems.append(f"class {one.name!r} differs from {other!r} in case only")
        for value in one.values:
            if value in owners:
                problems.append(f"value {value} twice: of {owners[value]!r} and {one.name!r}")
            owners.setdefault(value, one.name)
    return problems
