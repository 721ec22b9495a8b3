"""Code tables: what each value of a label map means, which pixels it takes, how it is shown.

The 4-, 7- and 9-level tables are those of the wound-healing pipeline this project reimplements.
They have 5, 8 and 10 codes, because code 0, the gap, is not counted as a level.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.config.levels import CustomLevel, preset_levels
from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.jobs.atomic import write_json
from cytoforge.references.colours import level_colours

# The region of a class of the user's: no rule takes its pixels from a segmentation.
OWN = "class"


@dataclass(frozen=True)
class Code:
    """One value of a label map.

    Attributes
    ----------
    code : the value; 0 is the gap, and what no level takes, or the first of the user's own classes
    name : unique in its table
    region : which pixels it takes, see `references/region_pixels.py`
    layer : for cytoplasm, the layer of the cells it takes (0 is the darkest); None: all cells
    colour : red, green, blue of the preview, 0–255
    values : of the user's own classes: what their maps have for it, first what is written again
    """

    code: int
    name: str
    region: str
    layer: int | None
    colour: tuple[int, int, int]
    values: tuple[int | str, ...] = ()


def code_table(config: ReferenceConfig) -> tuple[Code, ...]:
    """Return the codes in the order of rendering: later ones win where their pixels overlap."""
    levels = config.levels
    if isinstance(levels, int):
        levels = preset_levels(levels)
    if levels[0].region != "gap":
        levels = (CustomLevel(name=_free_name("gap", levels), region="gap", layer=None), *levels)
    colours = level_colours([(level.region, level.layer) for level in levels])
    return tuple(
        Code(code, level.name, level.region, level.layer, colour)
        for code, (level, colour) in enumerate(zip(levels, colours, strict=True))
    )


def grey_values(n_codes: int) -> np.ndarray:
    """Return the grey value of each code, (n_codes,) uint8: equally spaced 0–255, truncated.

    >>> grey_values(5).tolist()
    [0, 63, 127, 191, 255]
    """
    # In integers: 3 · 255/9 is 85, which floating-point steps may miss by one before truncation.
    return (np.arange(n_codes) * 255 // max(n_codes - 1, 1)).astype(np.uint8)


def codes_to_rows(codes: tuple[Code, ...]) -> list[dict[str, Any]]:
    """Return one JSON-ready row per code, its grey value included."""
    greys = grey_values(len(codes)).tolist()
    return [_row(code, grey) for code, grey in zip(codes, greys, strict=True)]


def codes_from_rows(rows: list[dict[str, Any]]) -> tuple[Code, ...]:
    """Inverse of `codes_to_rows`; raises KeyError, TypeError or ValueError on malformed rows."""
    codes = tuple(
        Code(
            row["code"],
            row["name"],
            row["region"],
            row["layer"],
            _colour(row["colour"]),
            tuple(row.get("values", ())),
        )
        for row in rows
    )
    if [code.code for code in codes] != list(range(len(codes))):
        raise ValueError("codes do not count 0, 1, 2, …")
    return codes


def write_codes(path: str | Path, codes: tuple[Code, ...]) -> None:
    """Write codes.json."""
    write_json(path, {"codes": codes_to_rows(codes)})


def read_codes(path: str | Path) -> tuple[Code, ...]:
    """Read codes.json; a file that is none raises UserError."""
    try:
        return codes_from_rows(json.loads(Path(path).read_text(encoding="utf-8"))["codes"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            where=str(path),
            expected="a code table as written beside the label maps (codes.json)",
            found=f"{type(error).__name__}: {error}",
            fix="Delete the file and run again.",
        ) from error


def _free_name(name: str, levels: tuple[CustomLevel, ...]) -> str:
    while name in {level.name for level in levels}:
        name += "_"
    return name


def _row(code: Code, grey: int) -> dict[str, Any]:
    row = {**asdict(code), "colour": list(code.colour), "grey": grey}
    values = row.pop("values")
    return row | ({"values": list(values)} if values else {})


def _colour(values: list[int]) -> tuple[int, int, int]:
    red, green, blue = values
    return red, green, blue
