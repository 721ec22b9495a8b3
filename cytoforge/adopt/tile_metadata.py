"""Which patient or slide a tile is of, as metadata beside it say: what no two splits may share."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cytoforge.errors import UserError

# What metadata may call it, the larger first: no `slide_left` and no `patient_age`.
_GROUPS = ("patient", "slide", "wsi")
_IDENTITY = re.compile(rf"({'|'.join(_GROUPS)})[ _-]?(id|uid|name|number|no|code)?", re.IGNORECASE)


def identity_in(path: Path | None) -> tuple[str, str]:
    """Return what metadata in JSON call the patient or slide, and its value; "" where they name
    none, as where there are none (None). Dictionaries in them are looked through too.

    Raises UserError for a file that is no JSON.
    """
    if path is None:
        return "", ""
    try:
        values: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(str(path), "metadata in JSON", str(error), "download it again") from error
    found = {key.lower(): value for key, value in _plain_values(values) if _IDENTITY.fullmatch(key)}
    best = next((key for word in _GROUPS for key in sorted(found) if key.startswith(word)), "")
    return best, found.get(best, "")


def _plain_values(values: Any) -> Iterator[tuple[str, str]]:
    """Yield keys and texts or whole numbers of a dictionary and of those in it."""
    for key, value in values.items() if isinstance(values, dict) else ():
        if isinstance(value, dict):
            yield from ((f"{key}_{inner}", text) for inner, text in _plain_values(value))
            yield from _plain_values(value)
        elif isinstance(value, str | int):
            yield str(key), str(value)
