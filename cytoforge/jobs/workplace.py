"""Where a run happens: this clone's code, and a results folder that can be written."""

import os
from pathlib import Path

from cytoforge.errors import UserError

ROOT = Path(__file__).parents[2]


def prefer_this_clone() -> None:
    """Put this clone first on the import path of every process started from now on.

    Snakemake appends the workflow's folder behind site-packages, so that scripts would import an
    installed cytoforge, perhaps another clone's, while the rules import this one.
    """
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(ROOT), *others]))


def require_writable(folder: Path) -> None:
    """Raise UserError unless files can be made in `folder`, or it can be made itself."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return
    raise UserError(
        where=str(folder),
        expected="a folder that can be written",
        found="a file of that name" if not nearest.is_dir() else f"{nearest} is not writable",
        fix="remove or rename it, change its permissions, or run with --directory elsewhere",
    )
