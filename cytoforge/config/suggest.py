"""The nearest valid name for a mistyped one."""

import difflib
from collections.abc import Iterable


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return "; did you mean X?" or an empty string.

    >>> nearest("tile_pix", ["tile_px", "sampler"])
    '; did you mean `tile_px`?'
    """
    matches = difflib.get_close_matches(name, list(valid), n=1, cutoff=0.6)
    return f"; did you mean `{matches[0]}`?" if matches else ""
