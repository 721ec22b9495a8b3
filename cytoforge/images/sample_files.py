"""Files named in samples.tsv: whether they exist, and which ones a pattern matches."""

import glob
import unicodedata
from pathlib import Path

from cytoforge.config.base import nearest
from cytoforge.jobs.by_name import names_in

# Snakemake would put something else in their place, and so read another file: {image}.tif of image
# i3 becomes i3.tif.
RESERVED = "{}<>"
# Endings that are not the name of their format's module.
ENDINGS = {"tif": "tiff", "svs": "tiff", "btf": "tiff", "tf8": "tiff", "jpg": "jpeg", "jpe": "jpeg"}


def formats_of(path: str) -> tuple[str, ...]:
    """Return the format that a file's ending names, or all where it names none.

    Rules follow the code of these readers. What a file is read as is told by its first bytes.

    >>> formats_of("plate/B5.ome.TIF"), formats_of("scan")
    (('tiff',), ('jpeg', 'png', 'tiff'))
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
    return glob.has_magic(cell) and not Path(cell).exists()


def existing_file(cell: str, column: str, problems: list[str]) -> str:
    """Return `cell`; when it is no file, add to `problems` with the nearest name beside it."""
    path = Path(cell)
    if reserved := reserved_characters(cell):
        problems.append(f"column `{column}`: {cell!r} has {reserved}; rename it")
    elif path.is_dir():
        problems.append(f"column `{column}`: {cell} is a folder; name a file, or {cell}/*.tif")
    elif not path.is_file():
        problems.append(f"column `{column}`: no file {cell}{_hint(path)}")
    return cell


def matching_files(pattern: str, column: str, problems: list[str]) -> list[str]:
    """Return the files that match, sorted by name; `**` goes into folders."""
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207 Path.glob takes no absolute pattern
    files = sorted(file for file in matches if Path(file).is_file())
    problems += [
        f"column `{column}`: {file!r} has {reserved}; rename it"
        for file in files
        if (reserved := reserved_characters(file))
    ]
    if not files:
        problems.append(f"column `{column}`: no file matches {pattern}{_hint(Path(pattern))}")
    return files


def _hint(path: Path) -> str:
    folder = path.parent
    if glob.has_magic(str(folder)):
        return ""
    if not folder.is_dir():
        return f" (there is no folder {folder})"
    hint = nearest(path.name, sorted(other.name for other in folder.iterdir()))
    return hint or f" (nothing like it in {folder})"
