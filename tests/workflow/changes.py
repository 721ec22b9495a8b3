"""Changes that a user, an editor or a file system makes to a finished project.

Each takes the project and returns the one to plan: the same, or one at another place or with other
code.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import tifffile

from cytoforge.jobs.parsed_code import KEPT
from tests.workflow.tiny_project import Project, made_up_cells

Change = Callable[[Project], Project]


def together(*changes: Change) -> Change:
    """Make one change after the other."""

    def change(project: Project) -> Project:
        for one in changes:
            project = one(project)
        return project

    return change


def edit_config(path: str, value: Any) -> Change:
    """Set one value of the config, named by its keys with dots."""

    def change(project: Project) -> Project:
        config = project.config()
        block = config
        *keys, last = path.split(".")
        for key in keys:
            block = block.setdefault(key, {})
        block[last] = value
        project.write_config(config)
        return project

    return change


def edit_code(file: str, old: str, new: str) -> Change:
    """Replace a text that stands once in a file of the repository, in a copy of it."""

    def change(project: Project) -> Project:
        copy = clone(project)
        text = (copy.root / file).read_text("utf-8")
        assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times"
        (copy.root / file).write_text(text.replace(old, new), "utf-8")
        return copy

    return change


def add_code(file: str, text: str, of_user: bool = False) -> Change:
    """Add a file to a copy of the repository, or to the user's own folder."""

    def change(project: Project) -> Project:
        project = project if of_user else clone(project)
        path = (project.folder if of_user else project.root) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return project

    return change


def edit_table(old: str, new: str) -> Change:
    """Replace a text wherever it stands in samples.tsv."""

    def change(project: Project) -> Project:
        table = project.folder / "samples.tsv"
        text = table.read_text()
        assert old in text
        table.write_text(text.replace(old, new))
        return project

    return change


def clone(project: Project) -> Project:
    """Use the same code from a clone made now: another place, new file times."""
    root = project.folder.parent / "clone"
    if project.root == root:
        return project  # by a change before this one
    for name in ("cytoforge", "workflow", "rules", "config", "envs", "profiles"):
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(
            project.root / name, root / name, ignore=leave_out, copy_function=shutil.copy
        )
    if KEPT.exists():  # what files come to by their content: parsing them all again takes seconds
        kept = root / KEPT.relative_to(project.root)
        kept.parent.mkdir()
        shutil.copy(KEPT, kept)
    (root / "resources").mkdir()
    (root / "resources/weights").symlink_to(project.root / "resources/weights")
    for name in ("Snakefile", "resources/weights.tsv"):
        shutil.copy(project.root / name, root / name)
    return replace(project, root=root)


def forget_history(project: Project) -> Project:
    """Leave results as they arrive on another machine: without Snakemake's own records."""
    shutil.rmtree(project.folder / ".snakemake")
    return clone(project)


def move(project: Project) -> Project:
    moved = replace(project, folder=project.folder.parent / "elsewhere" / "deeper")
    shutil.move(project.folder, moved.folder)
    return moved


def another_python(project: Project) -> Project:
    """Run by a Python that says it is the next patch release."""
    site = project.folder.parent / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import platform, sys\n"
        "old = platform.python_version()\n"
        "new = old.rpartition('.')[0] + '.' + str(sys.version_info.micro + 1)\n"
        "sys.version = sys.version.replace(old, new)\n"
        "platform._sys_version_cache.clear()\n"
    )
    return replace(project, environment={"PYTHONPATH": str(site)})


def touch_raw(project: Project) -> Project:
    os.utime(project.folder / "raw/a_dna.tif")
    return project


def touch_everything(project: Project) -> Project:
    """As a backup restored without file times: every file of the project is new."""
    for path in project.folder.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts:
            os.utime(path)
    return project


def change_raw(project: Project) -> Project:
    path = project.folder / "raw/a_dna.tif"
    pixels = tifffile.imread(path)
    pixels[0, 0] += 1
    tifffile.imwrite(path, pixels)
    return project


def replace_raw_by_older(project: Project) -> Project:
    """Other contents of the same size under the same names, none of them dated later."""
    folder = project.folder / "raw"
    older_copy(folder / "a_dna.tif")
    path = folder / "b_dna.tif"
    date = path.stat().st_mtime_ns
    path.write_bytes(path.read_bytes()[:-2] + b"\1\1")
    os.utime(path, ns=(date, date))
    one, other, aside = folder / "c_dna.tif", folder / "d_dna.tif", folder / "aside"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
    return project


def older_copy(path: Path) -> None:
    """Replace a file by another one from a folder of last year, as `cp -p` does."""
    pixels = tifffile.imread(path)
    pixels[0, 0] += 1
    tifffile.imwrite(path, pixels)
    os.utime(path, (1_700_000_000, 1_700_000_000))


def other_order(project: Project) -> Project:
    """The rows of samples.tsv from the last to the first."""
    table = project.folder / "samples.tsv"
    head, *rows = table.read_text().splitlines()
    table.write_text("\n".join([head, *reversed(rows)]) + "\n")
    return project


def lose(*paths: str) -> Change:
    """Delete results, of several that match one of `paths` the first."""

    def change(project: Project) -> Project:
        for path in paths:
            found = min((project.folder / "results").glob(path))
            shutil.rmtree(found) if found.is_dir() else found.unlink()
        return project

    return change


def add_image(project: Project) -> Project:
    for channel, pixels in zip(("dna", "actin"), made_up_cells(9), strict=True):
        tifffile.imwrite(project.folder / "raw" / f"new_{channel}.tif", pixels)
    with (project.folder / "samples.tsv").open("a") as table:
        table.write("new\traw/new_dna.tif\traw/new_actin.tif\tw9\n")
    return project


def remove_image(project: Project) -> Project:
    table = project.folder / "samples.tsv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    return project


def add_notes(project: Project) -> Project:
    table = project.folder / "samples.tsv"
    head, *rows = table.read_text().splitlines()
    table.write_text("\n".join([head + "\tnote", *(f"{row}\tfine" for row in rows)]) + "\n")
    return project


def own_map(project: Project) -> Project:
    maps: Path = project.folder / "maps"
    maps.mkdir()
    shutil.copy(project.folder / "results/references/level4/a.tif", maps / "m.tif")
    return edit_config("sets", {"drawn": {"images_by": "four", "maps": "maps"}})(project)
