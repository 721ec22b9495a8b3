"""What a source file defines, what each definition uses, and what runs as the file is imported."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cytoforge.jobs.syntax import serialised, without_words

PACKAGE = "cytoforge"
MAIN = "__main__"  # what runs where a file is started, and nowhere else
Imported = tuple[str, str]  # a module and a name in it; "" for the module itself


@dataclass(frozen=True)
class Definition:
    """A function, a class, a constant or any other statement at the top of a file.

    Attributes
    ----------
    names : what it defines; none for a statement that runs whenever the file is imported
    tree : hash of its syntax tree, and of where the foreign names in it come from
    uses : names of the same file that it mentions, in code or as a text
    imports : what of this package it imports itself, or brings in by a name that the file imports
    """

    names: tuple[str, ...]
    tree: str
    uses: tuple[str, ...]
    imports: tuple[Imported, ...]


@dataclass(frozen=True)
class Module:
    """A file's definitions, the modules that importing it imports, and names it passes on."""

    definitions: tuple[Definition, ...] = ()
    loads: tuple[str, ...] = ()
    passes: dict[str, Imported] = field(default_factory=dict)


def definitions_of(source: bytes) -> Module:
    """Return the definitions of a Python source.

    Left out: what says something and computes nothing (`syntax.without_words`), imports for a type
    checker. Names are over-estimated: a local variable counts as the definition of that name.
    """
    body = [node for node in without_words(ast.parse(source)).body if not _for_checkers(node)]
    imports = {
        alias: found
        for node in body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias, found in _bindings(node)
    }
    statements = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    known = {name for node in statements for name in _defined(node)} | set(imports)
    own = {alias: found for alias, found in imports.items() if _is_own(found[0])}
    return Module(
        tuple(_definition(node, known, imports) for node in statements),
        tuple(dict.fromkeys(module for module, _ in own.values())),
        own,
    )


def _definition(node: ast.stmt, known: set[str], imports: dict[str, Imported]) -> Definition:
    mentioned = _mentioned(node)
    uses = sorted(mentioned & known - set(imports))
    foreign = [f"{alias}={imports[alias]}" for alias in sorted(mentioned & set(imports))]
    inner = [found for sub in ast.walk(node) for _, found in _bindings(sub)]
    brought = [*(imports[alias] for alias in sorted(mentioned & set(imports))), *inner]
    brought += [(text, "") for text in sorted(mentioned) if text.startswith(f"{PACKAGE}.")]
    tree = "\0".join([serialised(node), *foreign])
    return Definition(
        tuple(_defined(node)),
        hashlib.sha256(tree.encode()).hexdigest()[:32],
        tuple(uses),
        tuple(dict.fromkeys(found for found in brought if _is_own(found[0]))),
    )


def _defined(node: ast.stmt) -> Iterator[str]:
    """Yield the names of a definition that is nothing but one."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign) and all(map(_is_name, node.targets)):
        for target in node.targets:
            yield from (sub.id for sub in ast.walk(target) if isinstance(sub, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    elif _is_main(node):
        yield MAIN


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_is_name, target.elts))
    return isinstance(target, ast.Name)


def _mentioned(node: ast.AST) -> set[str]:
    """Return the names in a statement, and the texts that may be one: `getattr(module, "name")`,
    a class named before it is defined, a module that another process will run."""
    found: set[str] = set()
    for sub in ast.walk(node):
        if isinstance(sub, ast.Name):
            found.add(sub.id)
        elif isinstance(sub, ast.Constant) and isinstance(sub.value, str):
            found.add(sub.value)
        elif isinstance(sub, ast.Global):
            found.update(sub.names)
    return found


def _bindings(node: ast.AST) -> Iterator[tuple[str, Imported]]:
    """Yield the names that an import binds, with what they are bound to."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.split(".")[0], (alias.name, "")
    elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        for alias in node.names:
            name = "" if alias.name == "*" else alias.name
            yield alias.asname or alias.name, (node.module, name)


def _is_own(module: str) -> bool:
    return module.split(".")[0] == PACKAGE


def _tests(node: ast.stmt) -> Iterable[str]:
    if isinstance(node, ast.If):
        yield from (sub.id for sub in ast.walk(node.test) if isinstance(sub, ast.Name))


def _for_checkers(node: ast.stmt) -> bool:
    return "TYPE_CHECKING" in _tests(node)


def _is_main(node: ast.stmt) -> bool:
    return "__name__" in _tests(node)
