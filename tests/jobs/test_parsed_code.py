"""What syntax trees come to is kept by the content of files."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cytoforge.jobs.definitions import Definition, Module
from cytoforge.jobs.parsed_code import ParsedCode


def module(tree: str) -> Module:
    used = Definition(("f", "g"), tree, ("h",), (("cytoforge.seeds", "seed"),))
    return Module((used,), ("cytoforge.seeds",), {"seed": ("cytoforge.seeds", "seed")})


@pytest.fixture
def kept(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "parser.py").write_text("version 1")
    return tmp_path / "cache" / "parsed.json"


def opened(kept: Path, parse: Callable[[bytes], Module]) -> ParsedCode:
    return ParsedCode(parse, [kept.parents[1] / "parser.py"], kept)


def refuse(source: bytes) -> Module:
    raise AssertionError("parsed again")


def keep(kept: Path, source: bytes) -> None:
    one = opened(kept, lambda source: module("first"))
    one.of(source)
    one.save()


def test_a_source_is_parsed_once_for_all_commands(kept: Path):
    keep(kept, b"import a")
    assert opened(kept, refuse).of(b"import a") == module("first")


def test_another_source_is_parsed(kept: Path):
    keep(kept, b"import a")
    assert opened(kept, lambda source: module("other")).of(b"import b") == module("other")


@pytest.mark.parametrize("damage", ["parser", "file"])
def test_what_another_parser_made_or_what_is_damaged_is_not_used(kept: Path, damage: str):
    keep(kept, b"import a")
    (kept.parents[1] / "parser.py" if damage == "parser" else kept).write_text("version 2")
    assert opened(kept, lambda source: module("new")).of(b"import a") == module("new")


def test_nothing_is_written_where_python_writes_nothing(kept: Path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    keep(kept, b"import a")
    assert not kept.exists()
