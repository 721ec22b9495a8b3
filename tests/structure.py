"""What the sources look like: rooms, arrows between files, sizes.

`python -m tests.structure` shows it. Nothing here runs the code that it reads.
"""

import ast
import statistics
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "cytoforge"
# A room may import what stands before it, and itself; files at the package's root come first.
ROOMS = [
    "root",
    "jobs",
    "config",
    "compute",
    "pretrained",
    "images",
    "volumes",  # CT and MR: what concerns a volume as a whole
    "segmentation",
    "split",  # before references, whose bounds of layers are learned from training regions
    "references",
    "tiles",
    "map_sources",
    "spots",
    "networks",
    "models",
    "training",
    "synthesis",
    "metrics",
    "report",
    "segment",  # what is used without a workflow, by these names
    "new",
    "look",
    "adopt",
    "import_weights",
]

MOST_LINES, FEWEST_LINES, FUNCTION_LINES = 300, 30, 40
SCRIPT_LINES, RULE_LINES, SNAKEFILE_LINES = 60, 200, 60
SHORT_NAMES = {"__init__.py", "__main__.py"}


def module_name(path: Path) -> str:
    """Return a file's name for imports; a package is its `__init__` file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(folder: str = PACKAGE) -> dict[str, Path]:
    """Return every module below a folder, by its name for imports."""
    return {module_name(path): path for path in sorted((ROOT / folder).rglob("*.py"))}


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))


def imported_names(path: Path) -> set[str]:
    """Return all that a file imports, also inside functions: modules and names in them."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def arrows() -> dict[str, set[str]]:
    """Return, for each module of the package, the modules of the package that it imports."""
    known = modules()
    packages = {name for name, path in known.items() if path.name == "__init__.py"}
    return {
        name: (imported_names(path) & known.keys()) - packages - {name}
        for name, path in known.items()
    }


def room(module: str) -> str:
    """Return the room of a module of the package."""
    parts = module.split(".")
    return parts[1] if len(parts) > 2 else "root"


def upward_arrows() -> list[str]:
    """Return the imports that run from a room to a later one."""
    return sorted(
        f"{source} → {target}"
        for source, targets in arrows().items()
        for target in targets
        if ROOMS.index(room(source)) < ROOMS.index(room(target))
    )


def circle() -> list[str]:
    """Return files that import one another in a circle; empty where there is none."""
    try:
        TopologicalSorter(arrows()).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def length(path: Path) -> int:
    """Return the number of lines of a file."""
    return len(path.read_text("utf-8").splitlines())


def functions(path: Path) -> dict[str, int]:
    """Return the number of lines of every function of a file, without its docstring."""
    return {
        f"{path.relative_to(ROOT)}:{node.name}": _lines(node)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first, last = node.body[0], node.end_lineno or node.lineno
    documented = ast.get_docstring(node, clean=False) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return last - node.lineno + 1 - docstring


def same_names() -> dict[str, list[str]]:
    """Return file names that occur in several rooms, without those of the folders found by name.

    A block of the config is called as the room is that it configures.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for name, path in modules().items():
        if path.name == "__init__.py":
            continue  # a folder found by its name may be called as what it holds: models/unet
        parts = name.split(".")
        if len(parts) == 3 and parts[1] != "config":  # cytoforge.<room>.<file>
            found[parts[-1]].append(name)
    return {base: names for base, names in found.items() if len(names) > 1}


def report() -> str:
    """Return the state of the package in a few lines."""
    files = {path: length(path) for path in modules().values() if path.name not in SHORT_NAMES}
    longest = max(files, key=lambda path: files[path])
    found = {name: n for path in files for name, n in functions(path).items()}
    largest = max(found, key=lambda name: found[name])
    return "\n".join(
        [
            f"files: {len(files)}, {sum(files.values()):,} lines",
            f"file: median {statistics.median(files.values()):g} lines,"
            f" largest {files[longest]} ({longest.relative_to(ROOT)})",
            f"function: median {statistics.median(found.values()):g} lines,"
            f" largest {found[largest]} ({largest})",
            f"arrows between files: {sum(map(len, arrows().values()))}, upwards:"
            f" {len(upward_arrows())}, in circles: {len(circle())}",
        ]
    )


if __name__ == "__main__":
    print(report())
