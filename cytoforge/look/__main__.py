"""A first look at what a config finds in up to four images, before any training.

    python -m cytoforge.look CONFIG [TO=results/look]

The same as `make look CONFIG=...`. Open the page that it names.
"""

import logging
import sys
from collections.abc import Sequence

from cytoforge.errors import UserError, told
from cytoforge.look.page import look


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the page and say where it is."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    with told():
        config, folder = _given(sys.argv[1:] if arguments is None else arguments)
        print(f"The page: {look(config, folder)}")


def _given(arguments: Sequence[str]) -> tuple[str, str]:
    """Return config and folder, however they are written: `CONFIG=x`, or `x` alone."""
    config, folder = "", "results/look"
    for argument in arguments:
        key, mark, value = argument.partition("=")
        if not mark or key == "CONFIG":
            config = value if mark else argument
        elif key == "TO":
            folder = value
        else:
            raise UserError("arguments", "CONFIG=config.yaml [TO=folder]", repr(argument))
    if not config:
        raise UserError("CONFIG", "a config", "nothing", "CONFIG=path/to/config.yaml")
    return config, folder


if __name__ == "__main__":
    main()
