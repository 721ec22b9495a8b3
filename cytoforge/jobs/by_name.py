"""What is found by its name: a file format, a model, a segmentation method.

Each is a module or a folder of its room, never a line in a list: a step's code version follows the
one that it uses, and adding another makes nothing stale. A user's folder of plugins has rooms of
the same layout, e.g. `plugins/models/mymodel/model.py`.
"""

import os
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

from cytoforge.errors import UserError, shown
from cytoforge.jobs.user_path import look_at

# The room of each folder of plugins.
ROOMS = {
    "formats": "cytoforge.images.formats",
    "volume_formats": "cytoforge.images.volume_formats",
    "models": "cytoforge.models",
    "tasks": "cytoforge.models.tasks",
    "segmentation": "cytoforge.segmentation.methods",
    "map_sources": "cytoforge.map_sources.sources",
    "pair_metrics": "cytoforge.metrics.pair_metrics",
    "set_metrics": "cytoforge.metrics.set_metrics",
    "realism": "cytoforge.metrics.realism",
}
# Inherited by every process of a run: scripts and a cluster's jobs find what the rules have found.
VARIABLE = "CYTOFORGE_PLUGINS"


def use_plugins(folder: str | None) -> None:
    """Look into a folder of plugins too, in this process and in those that it starts.

    Raises UserError where there is no such folder, or nothing in it that could be found.
    """
    if folder is None:
        os.environ.pop(VARIABLE, None)
        return
    path, place = Path(folder).absolute(), look_at(folder)
    if place.trouble or not any(look_at(path / room).kind == "folder" for room in ROOMS):
        lacks = "has none" if place.kind == "folder" else "is no folder"
        raise UserError(
            where="config key `plugins`",
            expected=f"a folder with at least one of the folders {', '.join(ROOMS)}",
            found=f"{shown(path)}, which {place.trouble or lacks}",
            fix="correct the path; it is relative to the working directory",
        )
    os.environ[VARIABLE] = str(path)


def plugin_folder() -> Path | None:
    """Return the folder of plugins in use, if there is one."""
    folder = os.environ.get(VARIABLE)
    return Path(folder) if folder else None


def data_files(room: str, name: str) -> dict[str, str]:
    """Return what lies beside the code in a plugin's own folder, e.g. weights that it reads: paths
    by their names in that folder. Code and presets are followed by what they say."""
    plugins = plugin_folder()
    if plugins is None:
        return {}
    folder, found = plugins / room / name, {}
    for path in sorted(folder.rglob("*")):
        within = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in within.parts)
        code = path.suffix in (".py", ".pyc") or "presets" in within.parts
        if path.is_file() and not hidden and not code:
            found[within.as_posix()] = str(path)
    return found


def names_in(room: str, module: str = "") -> tuple[str, ...]:
    """Return the names in a room, sorted: of its folders that hold `module`, or of its modules."""
    pattern = f"*/{module}.py" if module else "*.py"
    found = {path for folder in _package(room).__path__ for path in Path(folder).glob(pattern)}
    names = {path.parent.name if module else path.stem for path in found}
    return tuple(sorted(names - {"__init__"}))


def load(room: str, name: str, module: str = "") -> ModuleType:
    """Import what has that name (of `names_in`); UserError where a plugin fails."""
    _package(room)
    try:
        return import_module(module_name(room, name, module))
    except Exception as error:
        file, line = _place(error)
        plugins = plugin_folder()
        if isinstance(error, UserError) or plugins is None or plugins not in Path(file).parents:
            raise
        raise UserError(
            where=f"{file}, line {line}",
            expected=f"a plugin that can be imported ({room}/{name})",
            found=f"{type(error).__name__}: {error}",
            fix="correct it, or take it out of the folder `plugins`",
        ) from error


def _place(error: Exception) -> tuple[str, int]:
    """Return the file and line that an error is from: of a text that is no Python, its own."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 0
    last = extract_tb(error.__traceback__)[-1]
    return last.filename, last.lineno or 0


def module_name(room: str, name: str, module: str = "") -> str:
    """Return the full name of a module found by name.

    >>> module_name("models", "oasis", "networks")
    'cytoforge.models.oasis.networks'
    """
    return ".".join(part for part in (ROOMS[room], name, module) if part)


def _package(room: str) -> ModuleType:
    """Import a room, with the plugins' room of the same layout behind it."""
    package = import_module(ROOMS[room])
    plugins = plugin_folder()
    if plugins is not None and (folder := str(plugins / room)) not in package.__path__:
        package.__path__.append(folder)
    return package
