"""What README.md and the pages of docs/ tell a user to type works."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.workflow import warm
from tests.workflow.tiny_project import Project

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", TEXT.replace("\n   ", "\n"), flags=re.DOTALL)
COMMANDS = [
    line.split("#")[0].strip()
    for language, block in BLOCKS
    if language == ""
    for line in block.splitlines()
    if line.startswith(("make ", ".venv/bin/"))
] + re.findall(r"`(\.venv/bin/snakemake[^`]*)`", TEXT)


def test_the_commands_are_found():
    assert "make run" in COMMANDS
    assert ".venv/bin/snakemake --cores all" in COMMANDS


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make ")])
def test_make_knows_the_target(root: Path, command: str):
    target = shlex.split(command)[1]
    done = subprocess.run(
        ["make", "--dry-run", target], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command", sorted({c for c in COMMANDS if "snakemake" in c and "--report" not in c})
)
def test_snakemake_accepts_the_command(root: Path, command: str):
    words = [*shlex.split(command)[1:], "--dry-run", "--nolock"]
    done = warm.run(words, root, root, {**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_report_archive_is_made(finished: Project, tmp_path: Path):
    assert ".venv/bin/snakemake --report report.zip" in TEXT
    archive = tmp_path / "report.zip"
    done = finished.snakemake("--report", str(archive))
    assert done.returncode == 0, done.stderr
    assert archive.stat().st_size > 100_000


@pytest.mark.slow
def test_the_notebook_snippet_gives_an_image(finished: Project, monkeypatch: pytest.MonkeyPatch):
    (snippet,) = (block for language, block in BLOCKS if language == "python")
    snippet = snippet.replace("pix2pix7", "seven").replace("pos218", "a")
    monkeypatch.chdir(finished.folder)
    names: dict[str, np.ndarray] = {}
    exec(snippet, names)
    assert names["image"].shape == (2, 192, 192)
    assert 0 <= names["image"].min() <= names["image"].max() <= 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_are_there(page: Path):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


def test_every_figure_has_been_measured():
    assert "MEASURED" not in TEXT
