"""Every package is pinned by its content, and SECURITY.md says why it is there."""

import re
import tomllib
from pathlib import Path


def direct(root: Path) -> set[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    return {re.split(r"[\[<>=!~ ]", name, maxsplit=1)[0].lower() for name in wanted}


def pins(root: Path) -> dict[str, int]:
    """Return how many sha256 each package of the lock has."""
    found: dict[str, int] = {}
    name = ""
    for line in (root / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9_.-]+)(\[[^]]*\])?==", line):
            name = match[1].lower()
            found[name] = 0
        found[name] = found.get(name, 0) + line.count("--hash=sha256:")
    return found


def test_every_package_is_pinned_by_its_content(root: Path):
    found = pins(root)
    assert len(found) > 100
    assert [name for name, hashes in found.items() if not hashes] == []
    assert direct(root) <= set(found)


def test_every_direct_dependency_has_its_reason(root: Path):
    table = (root / "SECURITY.md").read_text(encoding="utf-8").split("| package |")[1]
    listed = {name for row in table.splitlines() for name in row.split("|")[1:2]}
    names = {name.strip() for row in listed for name in row.split(",")}
    assert direct(root) - names == set()


def installs(root: Path) -> list[str]:
    """Return the commands of the Makefile that install packages."""
    text = (root / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if re.search(r"pip (install|download)", line)]


def test_nothing_is_installed_but_what_the_lock_pins(root: Path):
    commands = installs(root)
    assert len(commands) == 2
    for command in commands:
        assert "--require-hashes --only-binary :all:" in command


def test_what_has_to_be_built_is_built_by_what_the_lock_pins(root: Path):
    *_, everything = installs(root)
    assert re.findall(r"--no-binary (\S+)", everything) == ["connection-pool"]
    assert "--no-build-isolation" in everything
    assert {"setuptools", "connection-pool"} <= set(pins(root))
    assert "connection-pool" in (root / "SECURITY.md").read_text(encoding="utf-8")


def test_a_moved_clone_runs_its_own_python(root: Path):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"\.venv/bin/|\$\(VENV\)/bin/(?!python$)", makefile, re.MULTILINE) == []
