"""What the syntax trees of files come to, kept from one command to the next by their content.

Parsing some three hundred files takes a second, which every dry run would wait for.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cytoforge.jobs.atomic import write_text

# Where Python keeps what it has compiled: ignored by git, and safe to delete.
KEPT = Path(__file__).parent / "__pycache__" / "parsed_code.json"


@dataclass(frozen=True)
class Module:
    """The hash of a file's syntax tree, and the names of the package's modules that it imports."""

    tree: str
    imports: list[str]


class ParsedCode:
    """Modules by the sha256 of their source.

    Parameters
    ----------
    made_by : the file whose code parses; what another version of it, or another Python, has made
        is not used
    kept : file in which modules are kept; one that cannot be read or written costs time alone
    """

    def __init__(self, made_by: Path, kept: Path = KEPT) -> None:
        self._made_by, self._kept = made_by, kept
        self._modules: dict[str, Module] | None = None
        self._new = False

    def of(self, source: bytes, parse: Callable[[bytes], Module]) -> Module:
        """Return the module of a source, parsed where it is not known."""
        if self._modules is None:
            self._modules = self._read()
        key = hashlib.sha256(source).hexdigest()
        if key not in self._modules:
            self._modules[key] = parse(source)
            self._new = True
        return self._modules[key]

    def save(self) -> None:
        """Keep what was parsed, unless Python itself keeps nothing."""
        if not self._new or self._modules is None or sys.dont_write_bytecode:
            return
        modules = {key: [one.tree, one.imports] for key, one in self._modules.items()}
        with suppress(OSError):
            self._kept.parent.mkdir(exist_ok=True)
            write_text(self._kept, json.dumps({"version": self._version(), "modules": modules}))
            self._new = False

    def _read(self) -> dict[str, Module]:
        try:
            kept = json.loads(self._kept.read_text("utf-8"))
            if kept["version"] != self._version():
                return {}
            return {
                key: Module(str(tree), list(names))
                for key, (tree, names) in kept["modules"].items()
            }
        except (OSError, ValueError, TypeError, KeyError):
            return {}

    def _version(self) -> str:
        code = hashlib.sha256(self._made_by.read_bytes()).hexdigest()
        return f"{sys.version_info[:3]} {code}"
