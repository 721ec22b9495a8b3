"""Begin a project: samples.tsv and a commented config.yaml, filled from what the images say.

    python -m cytoforge.new IMAGES=path/to/folder [TO=folder]

The same as `make new IMAGES=path/to/folder`. Nothing is overwritten.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from cytoforge.config.load import load_config
from cytoforge.errors import UserError, told
from cytoforge.jobs.atomic import write_text
from cytoforge.new.guess import look_into
from cytoforge.new.texts import config_text, facts, path_text, table_text

KEYS = {"IMAGES": "", "TO": "."}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write both files and say what was guessed."""
    with told():
        given = _given(sys.argv[1:] if arguments is None else arguments)
        print(new_project(given["IMAGES"], given["TO"]))


def new_project(images: str, to: str) -> str:
    """Write samples.tsv and config.yaml into a folder; return what to tell the user.

    Raises UserError where the images cannot be read or a file of that name is there already.
    """
    table, config = Path(to) / "samples.tsv", Path(to) / "config.yaml"
    for path in (table, config):
        if path.exists():
            raise UserError(str(path), "no such file yet", "one", "choose another folder with TO=")
    folder = look_into(images)
    text = config_text(folder, images, path_text(table))
    load_config(yaml.safe_load(text), str(config))
    write_text(table, table_text(folder))
    write_text(config, text)
    return "\n".join([*list(facts(folder, images))[1:], f"Written: {table} and {config}."])


def _given(arguments: Sequence[str]) -> dict[str, str]:
    given = dict(KEYS)
    for argument in arguments:
        key, mark, value = argument.partition("=")
        if key not in KEYS or not mark:
            raise UserError("arguments", "IMAGES=folder [TO=folder]", repr(argument))
        given[key] = value
    if not given["IMAGES"]:
        raise UserError("IMAGES", "a folder of images", "nothing", "IMAGES=path/to/folder")
    return given


if __name__ == "__main__":
    main()
