"""A first look at what a config finds in up to four images, before any training.

    python -m cytoforge.look CONFIG [TO=results/look] [IN=.]

The same as `make look CONFIG=...`. Open the page that it names. `IN` is the folder from which the
paths in its table, and TO, start, where that is not this one.
"""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path

from cytoforge.errors import UserError, told
from cytoforge.look.page import look


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the page and say where it is."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    with told():
        config, folder, start = _given(sys.argv[1:] if arguments is None else arguments)
        if start:
            config = os.path.relpath(config, start)
            Path(start).mkdir(parents=True, exist_ok=True)
        with chdir(start or "."):
            page = look(config, folder)
        print(f"The page: {Path(start, page)}")


def _given(arguments: Sequence[str]) -> tuple[str, str, str]:
    """Return config, folder and where to start, however written: `CONFIG=x`, or `x` alone."""
    config, folder, start = "", "results/look", ""
    for argument in arguments:
        key, mark, value = argument.partition("=")
        if not mark or key == "CONFIG":
            config = value if mark else argument
        elif key == "TO":
            folder = value
        elif key == "IN":
            start = value
        else:
            raise UserError(
                "arguments", "CONFIG=config.yaml [TO=folder] [IN=folder]", repr(argument)
            )
    if not config:
        raise UserError("CONFIG", "a config", "nothing", "CONFIG=path/to/config.yaml")
    return config, folder, start


if __name__ == "__main__":
    main()
