"""Which code a step really runs, as one hash: Snakemake compares it instead of file times.

Followed are definitions, not files: a function that checks a config, in a file of which a job needs
another function, is no part of what the job runs.
"""

import atexit
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cytoforge.jobs.by_name import ROOMS, module_name, names_in, plugin_folder
from cytoforge.jobs.definitions import MAIN, Module, definitions_of
from cytoforge.jobs.parsed_code import ParsedCode

ROOT = Path(__file__).parents[2]
DEFINES, COUNTS = "cytoforge/jobs/definitions.py", "cytoforge/jobs/syntax.py"
# What changes no result is left out of every hash, with what nothing else imports, and why.
LEFT_OUT = {
    "cytoforge/jobs/job.py": "surrounds a script's work: its log, GPU leases, checksums",
    "cytoforge/jobs/by_name.py": "finds modules, which are hashed themselves",
    "cytoforge/jobs/staleness.py": "makes the hashes",
    "cytoforge/jobs/parsed_code.py": "keeps what they are made of",
    DEFINES: "tells what they are made of",
    COUNTS: "tells what counts in them",
    "cytoforge/jobs/digests.py": "compares the user's files, for rules",
    "cytoforge/config/problems.py": "words about mistakes, after which no job runs",
    "cytoforge/training/logs.py": "a bar, lines, TensorBoard: for who watches a training",
    "cytoforge/training/model_card.py": "words about a model; a card keeps the words that it was"
    " written with until its model is trained again",
}
# A file and the index of a definition in it; or that the file is imported, or all that it holds.
Node = tuple[Path, int]
LOADED, WHOLE = -1, -2
PARSED = ParsedCode(definitions_of, (ROOT / DEFINES, ROOT / COUNTS))
atexit.register(PARSED.save)


def code_version(script: str | Path, *by_name: str) -> str:
    """Hash the syntax trees of `script` and of every definition in cytoforge that it reaches.

    A script reaches the functions, classes and constants that it names, those that these name in
    turn, and whatever else the import of their files runs. Comments, docstrings, log lines,
    annotations of functions, formatting, the order of definitions and file times do not count;
    neither does where the repository or the plugins lie, nor what `LEFT_OUT` alone imports. Only
    absolute imports are followed (the only kind this repository uses).

    Parameters
    ----------
    script : path relative to the repository's root, e.g. "workflow/scripts/train.py"
    by_name : full names of the modules that it loads by name, see `jobs.by_name`

    Returns
    -------
    str : 16 hexadecimal digits
    """
    return _hash((ROOT / script, *(file for name in by_name for file in _files(name))))


def module_version(room: str, name: str, module: str = "") -> str:
    """Hash, as `code_version`, what is found by that name in a room of `jobs.by_name`."""
    return _hash(_files(module_name(room, name, module)))


def room_versions(room: str) -> dict[str, str]:
    """Return `module_version` of every module of a room by its name."""
    return {name: module_version(room, name) for name in names_in(room)}


@cache
def _hash(starts: tuple[Path, ...]) -> str:
    # Cached: each of ten thousand images asks for its reader's and its method's.
    lines = sorted(_line(node) for node in _reached(starts))
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


@cache
def _line(node: Node) -> str:
    path, index = node
    if index < 0:
        return ""
    found = _known(path).definitions[index]
    return f"{_name(path)}\0{' '.join(found.names)}\0{found.tree}\0"


def _name(path: Path) -> str:
    """Name a file without where it lies on this machine."""
    return _within(path, ROOT, plugin_folder())


@cache
def _within(path: Path, root: Path, plugins: Path | None) -> str:
    # Cached, as `_found`: for each of sixty scripts the same three hundred files are asked for.
    if plugins is not None and path.is_relative_to(plugins):
        return f"plugins/{path.relative_to(plugins).as_posix()}"
    return path.relative_to(root).as_posix()


def _reached(starts: Iterable[Path]) -> set[Node]:
    reached: set[Node] = set()
    waiting = [node for path in starts for node in ((path, WHOLE), *_by_name(path).get(MAIN, ()))]
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting.extend(_next(node))
    return reached


def forget() -> None:
    """Read every file again at the next call: it may have changed since this process began."""
    for cached in (_known, _line, _next, _by_name, _imported, _found, _hash):
        cached.cache_clear()


@cache
def _known(path: Path) -> Module:
    """Return what matters of a file: parsed once for each content, whatever process asks."""
    return Module() if _name(path) in LEFT_OUT else PARSED.of(path.read_bytes())


@cache
def _next(node: Node) -> tuple[Node, ...]:
    """Return what one definition uses, or what the import of one file runs and imports."""
    path, index = node
    module = _known(path)
    if index == WHOLE:
        return _whole(path)
    if index == LOADED:
        runs = [(path, n) for n, one in enumerate(module.definitions) if not one.names]
        return (*runs, *((file, LOADED) for name in module.loads for file in _files(name)))
    used = module.definitions[index]
    found = [one for name in used.uses for one in _by_name(path).get(name, ())]
    found += (one for imported in used.imports for one in _imported(*imported))
    return tuple(dict.fromkeys(found))


@cache
def _by_name(path: Path) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for index, one in enumerate(_known(path).definitions):
        for name in one.names:
            found.setdefault(name, []).append((path, index))
    return found


@cache
def _imported(module: str, name: str) -> tuple[Node, ...]:
    """Return what `from module import name` brings, or with an empty name the whole module."""
    files = _files(module)
    if not name:
        return tuple((path, WHOLE) for path in files)
    found = [(path, LOADED) for path in files]
    for path in files:
        found += _by_name(path).get(name, ())
        if name in _known(path).passes:
            found += _imported(*_known(path).passes[name])
    found += ((path, WHOLE) for path in _files(f"{module}.{name}") if path not in files)
    return tuple(found)


def _whole(path: Path) -> tuple[Node, ...]:
    """Return all of a file that may be asked for by a name, what it passes on included."""
    module = _known(path)
    own = [(path, n) for n, one in enumerate(module.definitions) if one.names != (MAIN,)]
    passed = [node for imported in module.passes.values() for node in _imported(*imported)]
    return ((path, LOADED), *own, *passed)


def _files(module: str) -> tuple[Path, ...]:
    """Return the files that an import of a module runs, of the package or of plugins."""
    return _found(module, ROOT, plugin_folder())


@cache
def _found(module: str, root: Path, plugins: Path | None) -> tuple[Path, ...]:
    parts = module.split(".")
    packages = [root.joinpath(*parts[: end + 1], "__init__.py") for end in range(len(parts))]
    found = [*packages, root.joinpath(*parts).with_suffix(".py")]
    found += _plugin_files(module, plugins)
    return tuple(path for path in found if path.is_file())


def _plugin_files(module: str, plugins: Path | None) -> list[Path]:
    rooms = [room for room, name in ROOMS.items() if module.startswith(f"{name}.")]
    if plugins is None or not rooms:
        return []
    room = max(rooms, key=lambda room: len(ROOMS[room]))
    path = plugins.joinpath(room, *module.removeprefix(f"{ROOMS[room]}.").split("."))
    return [path.parent / "__init__.py", path / "__init__.py", path.with_suffix(".py")]
