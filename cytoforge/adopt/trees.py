"""Downloaded trees: where their parts lie, and what is missing, all at once."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cytoforge.errors import UserError, shown
from cytoforge.jobs.user_path import look_at
from cytoforge.seeds import derive_seed

PICTURES = (".png", ".tif", ".tiff", ".jpg", ".jpeg")
MOST_PROBLEMS = 20


def tree_at(folder: str | Path) -> Path:
    """Return a folder that is there and may be read.

    Raises UserError otherwise; an archive is told to be unpacked.
    """
    place = look_at(folder)
    if place.kind == "folder" and not place.trouble:
        return Path(folder)
    found = {"nothing": "no such folder"}.get(place.kind, f"a {place.kind}")
    fix = "unpack the archive and name the folder" if place.kind == "file" else "correct the path"
    raise UserError(shown(folder), "the folder of a data set", place.trouble or found, fix)


def folders_called(tree: Path, names: Sequence[str]) -> list[Path]:
    """Return the folders below a tree, itself among them, that hold one folder of each name.

    Case does not count. The nearest to the root come first, then by name; hidden ones are left out.
    """
    wanted = {name.casefold() for name in names}
    found = [
        folder
        for folder in [tree, *sorted(path for path in tree.rglob("*") if path.is_dir())]
        if not is_hidden(folder, tree)
        and wanted <= {path.name.casefold() for path in folder.iterdir() if path.is_dir()}
    ]
    return sorted(found, key=lambda path: (len(path.parts), str(path)))


def part_of(folder: Path, name: str) -> Path:
    """Return the folder of that name in another one, whatever its case."""
    return next(
        path for path in sorted(folder.iterdir()) if path.name.casefold() == name.casefold()
    )


def files_by_stem(
    folder: Path, endings: Sequence[str], problems: list[str], deep: bool = False
) -> dict[str, Path]:
    """Return the files of a folder with such endings, by their names without, sorted.

    Two files of one stem, e.g. a PNG and a TIFF, are added to `problems`.

    deep : whether those of the folders below are taken too
    """
    paths = folder.rglob("*") if deep else folder.iterdir()
    found: dict[str, Path] = {}
    for path in sorted(paths):
        if path.suffix.lower() not in endings or is_hidden(path, folder) or not path.is_file():
            continue
        if path.stem in found:
            problems.append(f"{path} and {found[path.stem].name}: two files of one image")
        found.setdefault(path.stem, path)
    return found


def one_name_each(names: Mapping[str, str]) -> list[str]:
    """Return what is wrong where two files would get one name: labels of one would be the other's.

    names : by file

    >>> one_name_each({"a b.png": "a_b", "c.png": "c", "a_b.png": "a_b"})
    ['a b.png, a_b.png: both would be called a_b; rename one']
    """
    files: dict[str, list[str]] = {}
    for file, name in names.items():
        files.setdefault(name.casefold(), []).append(file)
    return [
        f"{', '.join(same)}: both would be called {names[same[0]]}; rename one"
        for same in files.values()
        if len(same) > 1
    ]


def refuse(where: str | Path, expected: str, problems: Sequence[str], fix: str) -> None:
    """Raise UserError with all problems, if there are any."""
    if not problems:
        return
    listed = list(problems[:MOST_PROBLEMS])
    if len(problems) > MOST_PROBLEMS:
        listed.append(f"and {len(problems) - MOST_PROBLEMS} more")
    found = (
        listed[0] if len(problems) == 1 else "\n    - ".join([f"{len(problems)} problems", *listed])
    )
    raise UserError(str(where), expected, found, fix)


def drawn(names: Iterable[str], share: float, purpose: str) -> set[str]:
    """Return a share of names, at least one of two and more: drawn by name, whatever their order.

    >>> sorted(drawn("abcde", 0.4, "val")) == sorted(drawn("edcba", 0.4, "val"))
    True
    >>> len(drawn("abcde", 0.4, "val")), len(drawn("ab", 0.1, "val")), len(drawn("a", 0.9, "val"))
    (2, 1, 0)
    """
    ranked = sorted(set(names), key=lambda name: derive_seed(1, "adopt", purpose, name))
    if len(ranked) < 2:
        return set()
    return set(ranked[: min(max(round(share * len(ranked)), 1), len(ranked) - 1)])


def is_hidden(path: Path, tree: Path) -> bool:
    """Return whether a part of the path begins with a dot, or is what macOS adds to archives."""
    parts = path.relative_to(tree).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)
