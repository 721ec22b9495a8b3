"""Broken YAML is named with its line and likely cause, and so is a name given twice."""

from copy import deepcopy
from pathlib import Path

import pytest

from cytoforge.config import load
from cytoforge.config.defaults import SHIPPED
from cytoforge.config.load import load_config
from cytoforge.config.yaml_file import check_config_file, read_yaml
from cytoforge.errors import UserError

BROKEN = [
    ("report:\n  title: Kc167: three models\n", 2, "a colon inside a text"),
    ("report:\n  title: models:\n", 2, "a colon inside a text"),
    ("report:\n  title: a\n\texamples: 3\n", 3, "a tab in front of it"),
    ("split:\n\u00a0\u00a0by: image\n  guard_px: 8\n", 2, "a space of another kind in front of it"),
    ("seed:1\nreport:\n  title: x\n", 2, "a colon without a space after it"),
    ("seed: 1\n  samples: x\n", 2, "indented further than the one above"),
    ("images:\n   a: 1\n  b: 2\n", 3, "indented less or more"),
    ("samples: a.tsv\nseed\nimages: {}\n", 2, "a key without its colon, here"),
    ('seed: 1\ntitle: "abc\nreport: {}\n', 2, "a quotation mark that is never closed"),
    ("title: 'it's'\n", 1, "a quotation mark inside a text"),
    ("images:\n  channels: [dna, actin\nseed: 1\n", 2, "a bracket that is never closed"),
    ("samples: *.tsv\n", 1, "a text that begins with *"),
    ("samples: @x\n", 1, "a text that begins with @"),
    ("title: | x\n", 1, "a text that begins with |"),
    ("title: {b} test\n", 1, "a text that begins with a bracket"),
    ("models:\n  {set}: {model: x}\n", 2, "a name in brackets"),
    ("seed: 1\nsplit:\t{by: image}\n", 2, "a tab within it"),
    ('samples: "C:\\data\\a.tsv"\n', 1, "a backslash in double quotes"),
    ("channels: [dna, actin]]\n", 1, "a bracket closed once too often"),
    ("channels: - dna\n", 1, "a list behind its key"),
    ("seed = 1\nmodels: {}\n", 2, "a key without its colon, in the line above"),
    ("title: a # b\nseed:1\n", 2, "a key without its colon, here"),
    ("title: a\u2028b\nmodels: {\n", 1, "a line separator that looks like a space"),
    ('title: "a\u2028b"\nmodels: {\n', 2, "a bracket that is never closed"),
    ("seed: 1\n<<<<<<< HEAD\nsamples: x\n", 2, "the marks of a merge"),
    ("seed: 1\n---\nseed: 2\n", 2, "a line ---"),
]


def told_of(path: Path, text: str, encoding: str = "utf-8") -> UserError:
    path.write_bytes(text.encode(encoding))
    with pytest.raises(UserError) as caught:
        check_config_file(path)
    return caught.value


@pytest.mark.parametrize(("text", "line", "cause"), BROKEN, ids=[case[2] for case in BROKEN])
def test_a_mistake_is_named_with_its_line_and_cause(tmp_path: Path, text, line, cause):
    error = told_of(tmp_path / "my.yaml", text)
    assert error.where == f"{tmp_path}/my.yaml, line {line}"
    assert cause in error.found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("seed: 1\nsamples: a\nseed: 2\n", "`seed` in line 1 and in line 3"),
        ("models:\n  p7: {preset: fast}\n  p7: {}\n", "`models.p7` in line 2 and in line 3"),
        ("a: {b: [{c: 1,\n c: 2}]}\n", "`a.b.0.c` in line 1 and in line 2"),
        ('{"seed": 1,\n\t"seed": 2}', "twice: seed"),
    ],
)
def test_a_name_given_twice_is_refused(tmp_path: Path, text: str, found: str):
    assert found in told_of(tmp_path / "my.yaml", text).found


@pytest.mark.parametrize("text", ["", "a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n", "a: &x [*x]\n"])
def test_what_yaml_may_hold(tmp_path: Path, text: str):
    (tmp_path / "my.yaml").write_text(text)
    check_config_file(tmp_path / "my.yaml")


def test_the_shipped_configs_are_right(root: Path):
    for path in (root / "config").rglob("*.yaml"):
        check_config_file(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le"])
def test_text_that_snakemake_does_not_read(tmp_path: Path, encoding: str):
    error = told_of(tmp_path / "my.yaml", "seed: 1\n", encoding)
    assert "UTF-" in error.found
    assert error.fix == "save it as UTF-8"


def test_a_byte_order_mark_is_no_text(tmp_path: Path):
    (tmp_path / "fast.yaml").write_bytes("steps: 7\n".encode("utf-16"))
    assert read_yaml(tmp_path / "fast.yaml") == {"steps": 7}


def test_a_preset_is_read_as_carefully(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "pix2pix").mkdir()
    (tmp_path / "pix2pix/fast.yaml").write_text("steps: 1\nbatch_size: 2\nsteps: 2\n")
    monkeypatch.setattr(load, "PRESETS", tmp_path)
    with pytest.raises(UserError, match="`steps` in line 1 and in line 3"):
        load_config(deepcopy(SHIPPED))


@pytest.mark.parametrize(
    ("text", "found"),
    [("title: 2026-13-45\n", "month must be in 1..12"), ("seed: " + "[" * 3000, "without end")],
)
def test_values_that_cannot_be_are_named(tmp_path: Path, text: str, found: str):
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(UserError, match=found):
        check_config_file(tmp_path / "c.yaml")
    with pytest.raises(UserError, match=found):
        read_yaml(tmp_path / "c.yaml")
