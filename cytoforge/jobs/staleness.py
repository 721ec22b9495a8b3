"""Which code a step really runs, as one hash: Snakemake compares it instead of file times."""

import ast
import atexit
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cytoforge.jobs.by_name import ROOMS, module_name, names_in, plugin_folder
from cytoforge.jobs.parsed_code import Module, ParsedCode

PACKAGE = "cytoforge"
ROOT = Path(__file__).parents[2]
# What changes no result is left out of every hash, with what nothing else imports, and why.
LEFT_OUT = {
    "cytoforge/jobs/job.py": "surrounds a script's work: its log, GPU leases, checksums",
    "cytoforge/jobs/by_name.py": "finds modules, which are hashed themselves",
    "cytoforge/jobs/staleness.py": "makes the hashes",
    "cytoforge/jobs/parsed_code.py": "keeps what they are made of",
    "cytoforge/jobs/digests.py": "compares the user's files, for rules",
    "cytoforge/config/problems.py": "words about mistakes, after which no job runs",
    "cytoforge/training/logs.py": "a bar, lines, TensorBoard: for who watches a training",
    "cytoforge/training/model_card.py": "words about a model; a card keeps the words that it was"
    " written with until its model is trained again",
}
# A line of its own that calls one of these says something and computes nothing.
SAYS, SPEAKERS = {"print", "say"}, {"logger", "warnings"}
PARSED = ParsedCode(made_by=Path(__file__))
atexit.register(PARSED.save)


def code_version(script: str | Path, *by_name: str) -> str:
    """Hash the syntax trees of `script` and of every cytoforge module it reaches by import.

    Comments, docstrings, log lines, formatting and file times do not count; neither does where the
    repository or the plugins lie, nor what `LEFT_OUT` alone imports. Only absolute imports are
    followed (the only kind this repository uses).

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
    digest = hashlib.sha256()
    for name, path in sorted((_name(path), path) for path in _reached(starts)):
        digest.update(f"{name}\0{_known(path).tree}\0".encode())
    return digest.hexdigest()[:16]


def _name(path: Path) -> str:
    """Name a file without where it lies on this machine."""
    return _within(path, ROOT, plugin_folder())


@cache
def _within(path: Path, root: Path, plugins: Path | None) -> str:
    # Cached, as `_found`: for each of sixty scripts the same three hundred files are asked for.
    if plugins is not None and path.is_relative_to(plugins):
        return f"plugins/{path.relative_to(plugins).as_posix()}"
    return path.relative_to(root).as_posix()


def _reached(starts: Iterable[Path]) -> set[Path]:
    reached: set[Path] = set()
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path not in reached and _name(path) not in LEFT_OUT:
            reached.add(path)
            waiting.extend(_imported(path))
    return reached


def forget() -> None:
    """Read every file again at the next call: it may have changed since this process began."""
    for cached in (_known, _imported, _found, _hash):
        cached.cache_clear()


@cache
def _known(path: Path) -> Module:
    """Return what matters of a file: parsed once for each content, whatever process asks."""
    return PARSED.of(path.read_bytes(), _parsed)


def _parsed(source: bytes) -> Module:
    tree = ast.parse(source)
    return Module(hashlib.sha256(_serialise(tree).encode()).hexdigest(), sorted(_imports(tree)))


def _imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            # `from cytoforge.networks import unet` may name a module or something inside one.
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name.split(".")[0] == PACKAGE}


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    found = (file for name in _known(path).imports for file in _files(name))
    return tuple(dict.fromkeys(found))  # most name the same packages


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


def _serialise(node: object) -> str:
    """Write a syntax tree as text that is the same on every Python from 3.11 on.

    `ast.dump` and `ast.unparse` are not: newer versions add fields and omit empty ones.
    """
    if isinstance(node, ast.AST):
        fields = []
        for name, value in ast.iter_fields(node):
            if name == "body" and _has_docstring(node):
                value = value[1:]
            if value not in (None, []):
                fields.append(f"{name}={_serialise(value)}")
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(_serialise(item) for item in node if not _says(item))}]"
    return repr(node)


def _has_docstring(node: ast.AST) -> bool:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None


def _says(node: object) -> bool:
    """Whether a statement only writes to the log, e.g. `logger.info(...)` or `print(...)`."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    called = node.value.func
    if isinstance(called, ast.Name):
        return called.id in SAYS
    if not isinstance(called, ast.Attribute):
        return False
    return called.attr in SAYS or (
        isinstance(called.value, ast.Name) and called.value.id in SPEAKERS
    )
