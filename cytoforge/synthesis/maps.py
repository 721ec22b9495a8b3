"""The user's own label maps, found before anything runs."""

from pathlib import Path

from cytoforge.errors import UserError

SUFFIXES = (".tif", ".tiff", ".png")


def own_maps(folder: str) -> list[str]:
    """Return the label maps in `folder` (TIFF or PNG), sorted by name.

    Raises UserError when there is none, or when two would give outputs of the same name.
    """
    where = "experiments.*.synthesis.maps"
    found = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in SUFFIXES)
    if not found:
        raise UserError(
            where=where,
            expected=f"a folder with label maps ({', '.join(SUFFIXES)})",
            found=f"{folder!r}, which " + ("has none" if Path(folder).is_dir() else "is no folder"),
            fix="put label maps there, or remove the key",
        )
    stems = [path.stem for path in found]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise UserError(
            where=f"{where}: {folder}",
            expected="one label map a name",
            found=f"several files named {', '.join(twice)}",
            fix="rename or remove all but one of each",
        )
    return [path.as_posix() for path in found]
