"""What every section of the config has in common, and the nearest valid name for a mistyped one."""

import difflib
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# Block and image names become file names and wildcards, so they stay plain.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=80)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A config section: unknown keys are errors, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return "; did you mean X?", or an empty string where no valid name is similar.

    The result is appended to a message.

    >>> nearest("tile_pix", ["tile_px", "sampler"])
    '; did you mean `tile_px`?'
    >>> nearest("zebra", ["tile_px", "sampler"])
    ''
    """
    matches = difflib.get_close_matches(name, list(valid), n=1, cutoff=0.6)
    return f"; did you mean `{matches[0]}`?" if matches else ""
