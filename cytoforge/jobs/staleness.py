"""Which code a step really runs, as one hash: Snakemake compares it instead of file times."""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = "cytoforge"
ROOT = Path(__file__).parents[2]
# What surrounds every script's work (log, GPUs, checksums) changes no result.
AROUND = ROOT / PACKAGE / "jobs" / "job.py"


def code_version(script: str | Path) -> str:
    """Hash the syntax trees of `script` and of every cytoforge module it reaches by import.

    Comments, docstrings, formatting and file times do not count; neither does where the
    repository lies, nor what `AROUND` alone imports. Only absolute imports are followed (the only
    kind this repository uses).

    Parameters
    ----------
    script : path relative to the repository's root, e.g. "workflow/scripts/train.py"

    Returns
    -------
    str : 16 hexadecimal digits
    """
    files = sorted(_reached(ROOT / script), key=lambda path: path.relative_to(ROOT).as_posix())
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{_tree_hash(path)}\0".encode())
    return digest.hexdigest()[:16]


def _reached(start: Path) -> set[Path]:
    reached: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path not in reached and path != AROUND:
            reached.add(path)
            waiting.extend(_imported(path))
    return reached


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    names: set[str] = set()
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            # `from cytoforge.networks import unet` may name a module or something inside one.
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    ours = (name for name in names if name.split(".")[0] == PACKAGE)
    return tuple(file for name in ours for file in _files(name))


def _files(module: str) -> list[Path]:
    parts = module.split(".")
    packages = [ROOT.joinpath(*parts[: end + 1], "__init__.py") for end in range(len(parts))]
    return [
        path for path in (*packages, ROOT.joinpath(*parts).with_suffix(".py")) if path.is_file()
    ]


@cache
def _tree_hash(path: Path) -> str:
    return hashlib.sha256(_serialise(_parse(path)).encode()).hexdigest()


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
        return f"[{','.join(map(_serialise, node))}]"
    return repr(node)


def _has_docstring(node: ast.AST) -> bool:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None
