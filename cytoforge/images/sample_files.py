"""Files named in samples.tsv: whether they exist, and which ones a pattern matches."""

import glob
import os
import unicodedata
from pathlib import Path

from cytoforge.config.base import nearest
from cytoforge.errors import shown
from cytoforge.images.any_volume import is_any_volume
from cytoforge.jobs.by_name import names_in
from cytoforge.jobs.user_path import Place, look_at

# A wrong folder makes every file of a plate missing: the nearest names of the first say it all.
MOST_HINTS = 10
# Snakemake would put something else in their place, and so read another file: {image}.tif of image
# i3 becomes i3.tif.
RESERVED = "{}<>"
# Endings that are not the name of their format's module.
ENDINGS = {
    **dict.fromkeys(("tif", "svs", "btf", "tf8"), "tiff"),
    **dict.fromkeys(("jpg", "jpe"), "jpeg"),
    **dict.fromkeys(("nii", "gz"), "nifti"),
}


def formats_of(path: str) -> tuple[str, ...]:
    """Return the format that a file's ending names, or all where it names none.

    Rules follow the code of these readers while the file is not there, whose first bytes tell what
    it is read as.

    >>> formats_of("plate/B5.ome.TIF"), formats_of("scan")
    (('tiff',), ('jpeg', 'nifti', 'png', 'tiff'))
    """
    ending = Path(path).suffix[1:].lower()
    name, names = ENDINGS.get(ending, ending), names_in("formats")
    return (name,) if name in names else names


def reserved_characters(path: str) -> str:
    """Return what a path may not have, as text for a message; empty where it has none of it.

    >>> reserved_characters("raw/a b;$(c)'d.tif"), reserved_characters("raw/{image}.tif")
    ('', 'the characters { }')
    """
    found = [character for character in RESERVED if character in path]
    if any(unicodedata.category(character) == "Cc" for character in path):
        found.append("a control character")
    return f"the characters {' '.join(found)}" if found else ""


def is_pattern(cell: str) -> bool:
    """Return whether this is a pattern; a name of an existing file is none, whatever its
    characters."""
    return glob.has_magic(cell) and look_at(cell) == Place("nothing")


def existing_file(cell: str, column: str, problems: list[str]) -> str:
    """Return `cell`; when it is no file, add to `problems` with the nearest name beside it."""
    if problem := file_problem(cell, hint=len(problems) < MOST_HINTS):
        problems.append(f"column `{column}`: {problem}")
    return cell


def file_problem(cell: str, hint: bool = True) -> str:
    """Return why a cell names no file that can be read, as text for a message; else nothing.

    hint : whether to look for the nearest name beside it, in a folder that may have thousands
    """
    place = look_at(cell)
    if reserved := reserved_characters(cell):
        return f"{cell!r} has {reserved}; rename it"
    if place.trouble:
        return f"{shown(cell)} {place.trouble}"
    if place.kind == "folder":
        whole = cell.rstrip("/")
        return "" if is_any_volume(cell) else f"{cell} is a folder; name a file, or {whole}/*.tif"
    if place.kind == "device":
        return f"{cell} is a device or a pipe, no file"
    if place.kind == "file":
        return ""
    return f"no file {cell}{_other_place(cell) or (_hint(Path(cell)) if hint else '')}"


def matching_files(pattern: str, column: str, problems: list[str]) -> list[str]:
    """Return the files that match, sorted by name; `**` goes into folders."""
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207 Path.glob takes no absolute pattern
    places = {file: look_at(file) for file in sorted(matches)}
    files = [
        file
        for file, place in places.items()
        if place.kind == "file" or place.trouble or is_any_volume(file)
    ]
    wrong = {file: problem for file in files if (problem := file_problem(file))}
    problems += [f"column `{column}`: {problem}" for problem in wrong.values()]
    if not files:
        problems.append(f"column `{column}`: no file matches {pattern}{_hint(Path(pattern))}")
    return [file for file in files if file not in wrong]


def _other_place(cell: str) -> str:
    """Return what is said of a path that is written as other programs or systems write theirs."""
    if "://" in cell:
        return " (an address of the web; download the file and name it)"
    if cell.startswith("~"):
        return " (~ stands for no folder here; write the whole path)"
    return " (folders are divided by / and not by \\)" if "\\" in cell else ""


def _hint(path: Path) -> str:
    folder = path.parent
    if glob.has_magic(str(folder)):
        return ""
    place = look_at(folder)
    if place.trouble:
        return f" ({shown(folder)} {place.trouble})"
    if place.kind != "folder":
        return f" (there is no folder {shown(folder)})"
    names = os.listdir(folder)  # noqa: PTH208 a folder may hold thousands, and paths take as long
    hint = nearest(path.name, map(shown, sorted(names)))
    return hint or f" (nothing like it in {shown(folder)})"
