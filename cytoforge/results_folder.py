"""The folder of results is checked before a run, not hours into it."""

import os
from pathlib import Path

from cytoforge.errors import UserError


def require_writable(folder: Path) -> None:
    """Raise UserError unless files can be made in `folder`, or it can be made itself."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return
    raise UserError(
        where=str(folder),
        expected="a folder that can be written",
        found="a file of that name" if not nearest.is_dir() else f"{nearest} is not writable",
        fix="remove or rename it, mend its permissions, or run with --directory elsewhere",
    )
