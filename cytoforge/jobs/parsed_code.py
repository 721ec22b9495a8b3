"""What the syntax trees of files come to, kept from one command to the next by their content.

Parsing some three hundred files takes a second, which every dry run would wait for.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cytoforge.jobs.atomic import write_text
from cytoforge.jobs.definitions import Definition, Module

# Where Python keeps what it has compiled: ignored by git, and safe to delete.
KEPT = Path(__file__).parent / "__pycache__" / "parsed_code.json"


class ParsedCode:
    """Modules by the sha256 of their source.

    Parameters
    ----------
    parse : makes the module of a source
    made_by : files of the code that parses; what another version of it, or another Python, has
        made is not used
    kept : file in which modules are kept; one that cannot be read or written costs time alone
    """

    def __init__(
        self, parse: Callable[[bytes], Module], made_by: Iterable[Path], kept: Path = KEPT
    ) -> None:
        self._parse, self._made_by, self._kept = parse, tuple(made_by), kept
        self._modules: dict[str, Module] | None = None
        self._new = False

    def of(self, source: bytes) -> Module:
        """Return the module of a source, parsed where it is not known."""
        if self._modules is None:
            self._modules = self._read()
        key = hashlib.sha256(source).hexdigest()
        if key not in self._modules:
            self._modules[key] = self._parse(source)
            self._new = True
        return self._modules[key]

    def save(self) -> None:
        """Keep what was parsed, unless Python itself keeps nothing."""
        if not self._new or self._modules is None or sys.dont_write_bytecode:
            return
        modules = {key: asdict(one) for key, one in self._modules.items()}
        with suppress(OSError):
            self._kept.parent.mkdir(exist_ok=True)
            write_text(self._kept, json.dumps({"version": self._version(), "modules": modules}))
            self._new = False

    def _read(self) -> dict[str, Module]:
        try:
            kept = json.loads(self._kept.read_text("utf-8"))
            if kept["version"] != self._version():
                return {}
            return {key: _module(**one) for key, one in kept["modules"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}

    def _version(self) -> str:
        code = hashlib.sha256(b"".join(path.read_bytes() for path in self._made_by)).hexdigest()
        return f"{sys.version_info[:3]} {code}"


def _module(definitions: list[dict[str, Any]], loads: list[str], passes: dict[str, Any]) -> Module:
    return Module(
        tuple(
            Definition(
                tuple(one["names"]),
                str(one["tree"]),
                tuple(one["uses"]),
                tuple((module, name) for module, name in one["imports"]),
            )
            for one in definitions
        ),
        tuple(loads),
        {alias: (module, name) for alias, (module, name) in passes.items()},
    )
