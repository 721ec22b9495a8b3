"""Where a run happens: this clone's code, and a results folder that can be written."""

import os
from pathlib import Path

from cytoforge.errors import UserError, shown
from cytoforge.jobs.user_path import Place, look_at

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
    above = (folder, *folder.absolute().parents)
    nearest = next(path for path in above if look_at(path) != Place("nothing"))
    place = look_at(nearest)
    if place.kind == "folder" and os.access(nearest, os.W_OK | os.X_OK):
        return
    found = f"{shown(nearest)} is not writable" if place.kind == "folder" else "a file of that name"
    raise UserError(
        where=str(folder),
        expected="a folder that can be written",
        found=f"{shown(nearest)}, which {place.trouble}" if place.trouble else found,
        fix="remove or rename it, change its permissions, or run with --directory elsewhere",
    )


def require_plain_clone(folder: Path = ROOT) -> None:
    """Raise UserError if this clone lies where Snakemake would put wildcards into its path."""
    for name in folder.parts:
        if "{" in name or "}" in name:
            raise UserError(
                where=str(folder),
                expected="folders without { } in their names, in whose place Snakemake puts values",
                found=name,
                fix="rename that folder, or clone elsewhere; images and results may lie in it",
            )
