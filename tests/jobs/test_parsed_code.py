"""What syntax trees come to is kept by the content of files."""

import sys
from pathlib import Path

import pytest

from cytoforge.jobs.parsed_code import Module, ParsedCode

ONE = Module("hash", ["cytoforge.seeds"])


@pytest.fixture
def kept(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "parser.py").write_text("version 1")
    return tmp_path / "cache" / "parsed.json"


def opened(kept: Path) -> ParsedCode:
    return ParsedCode(made_by=kept.parents[1] / "parser.py", kept=kept)


def refuse(source: bytes) -> Module:
    raise AssertionError("parsed again")


def test_a_source_is_parsed_once_for_all_commands(kept: Path):
    first = opened(kept)
    assert first.of(b"import a", lambda source: ONE) == ONE
    first.save()
    assert opened(kept).of(b"import a", refuse) == ONE


def test_another_source_is_parsed(kept: Path):
    first = opened(kept)
    first.of(b"import a", lambda source: ONE)
    first.save()
    assert opened(kept).of(b"import b", lambda source: Module("other", [])).tree == "other"


@pytest.mark.parametrize("damage", ["parser", "file"])
def test_what_another_parser_made_or_what_is_damaged_is_not_used(kept: Path, damage: str):
    first = opened(kept)
    first.of(b"import a", lambda source: ONE)
    first.save()
    (kept.parents[1] / "parser.py" if damage == "parser" else kept).write_text("version 2")
    assert opened(kept).of(b"import a", lambda source: Module("new", [])).tree == "new"


def test_nothing_is_written_where_python_writes_nothing(kept: Path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    one = opened(kept)
    one.of(b"import a", lambda source: ONE)
    one.save()
    assert not kept.exists()
