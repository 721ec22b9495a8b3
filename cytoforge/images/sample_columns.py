"""The header of samples.tsv: which columns must be there, and which look like a mistyped one."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from cytoforge.config.base import nearest

OWN_COLUMNS = ("image", "path", "channels", "planes", "pixel_size_um")
# Read where it is there; any other column may be called as the user likes.
OPTIONAL = ("channels", "planes", "pixel_size_um", "series", "split", "window")
# A free column may be called a little like one of ours (plate, path), but not this much.
_ALIKE = 0.8


def missing_columns(
    columns: Sequence[str], channels: Sequence[str], required: Mapping[str, str]
) -> list[str]:
    """Name the columns that the table needs and does not have, with the nearest that it has.

    required : those beside the usual ones, with the key of the config that names each
    """
    named = {"image": "", **{column: f", which `{key}` names" for column, key in required.items()}}
    problems = [
        f"header: no column `{column}`{by}{nearest(column, columns)}"
        for column, by in named.items()
        if column not in columns
    ]
    if "path" in columns:
        return problems
    absent = [channel for channel in channels if channel not in columns]
    if absent != list(channels):
        return problems + [
            f"header: no column `{channel}`{nearest(channel, columns)}" for channel in absent
        ]
    names = ", ".join(f"`{channel}`" for channel in channels)
    hints = [
        f"; `{column}`{hint.replace('; did', ', did')}"
        for column in columns
        if column not in OWN_COLUMNS and (hint := nearest(column, ["path", *channels]))
    ]
    return [
        *problems,
        f"header: neither a column `path` nor one per channel ({names}), which name the files"
        + "".join(hints),
    ]


def look_alikes(columns: Sequence[str]) -> Iterator[str]:
    """Yield a notice for each free column that is almost called like one that would be read."""
    for column in columns:
        alike = difflib.get_close_matches(column.casefold(), OPTIONAL, n=1, cutoff=_ALIKE)
        if column not in OPTIONAL and alike and alike[0] not in columns:
            yield f"column `{column}` is free text and not read; did you mean `{alike[0]}`?"
