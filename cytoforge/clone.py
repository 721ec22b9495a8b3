"""Which clone of the repository runs."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]


def prefer_this_clone() -> None:
    """Put this clone first on the import path of every process started from now on.

    Snakemake appends the workflow's folder behind site-packages, so that scripts would import an
    installed cytoforge, perhaps another clone's, while the rules import this one.
    """
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(ROOT), *others]))
