"""Syntax trees as text, without what changes no result."""

import ast

# A line of its own that calls one of these says something and computes nothing.
SAYS, SPEAKERS = {"print", "say"}, {"logger", "warnings"}


def without_words(tree: ast.Module) -> ast.Module:
    """Take docstrings, log lines, and the annotations of functions out of a tree, in place.

    Annotations of classes stay: fields of dataclasses and typed settings are made of them.
    """
    _Wordless().generic_visit(tree)
    return tree


def serialised(node: object) -> str:
    """Write a syntax tree as text that is the same on every Python from 3.11 on.

    `ast.dump` and `ast.unparse` are not: newer versions add fields and omit empty ones.
    """
    if isinstance(node, ast.AST):
        fields = [
            f"{name}={serialised(value)}"
            for name, value in ast.iter_fields(node)
            if value not in (None, [])
        ]
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(serialised, node))}]"
    return repr(node)


class _Wordless(ast.NodeTransformer):
    def __init__(self) -> None:
        self.in_function = False

    def visit(self, node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
            return self._inside(node, in_function=True)
        if isinstance(node, ast.ClassDef):
            return self._inside(node, in_function=False)
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.Expr) and (isinstance(node.value, ast.Constant) or _says(node)):
            return None
        if isinstance(node, ast.AnnAssign) and self.in_function:
            return self._assignment(node)
        return self.generic_visit(node)

    def _inside(self, node: ast.AST, in_function: bool) -> ast.AST:
        before, self.in_function = self.in_function, in_function
        self.generic_visit(node)
        self.in_function = before
        return node

    def _assignment(self, node: ast.AnnAssign) -> ast.AST | None:
        """Return what a function's `name: type = value` runs; `name: type` runs nothing."""
        if node.value is None:
            return None
        return self.generic_visit(ast.Assign(targets=[node.target], value=node.value))


def _says(node: ast.Expr) -> bool:
    """Whether a statement only writes to the log, e.g. `logger.info(...)` or `print(...)`."""
    if not isinstance(node.value, ast.Call):
        return False
    called = node.value.func
    if isinstance(called, ast.Name):
        return called.id in SAYS
    if not isinstance(called, ast.Attribute):
        return False
    return called.attr in SAYS or (
        isinstance(called.value, ast.Name) and called.value.id in SPEAKERS
    )
