"""The user's own label maps, found before anything runs."""

from collections.abc import Iterable
from pathlib import Path

from cytoforge.errors import UserError
from cytoforge.images.sample_files import reserved_characters

SUFFIXES = (".tif", ".tiff", ".png")
# A map's instance labels lie beside it under its name with this ending.
INSTANCES = "_instances"


def own_maps(folder: str, where: str = "sets.*.maps") -> list[str]:
    """Return the label maps in `folder` (TIFF or PNG), sorted by name.

    `{map}_instances.tif` (or .png) is no label map but the instance labels of `{map}`.

    Raises UserError when there is none, when two would give outputs of the same name, for names
    that Snakemake would change, and for instance labels without their map.
    """
    files = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in SUFFIXES)
    found = [path for path in files if not path.stem.endswith(INSTANCES)]
    if not found:
        raise UserError(
            where=where,
            expected=f"a folder with label maps ({', '.join(SUFFIXES)})",
            found=f"{folder!r}, which " + ("has none" if Path(folder).is_dir() else "is no folder"),
            fix="put label maps there, or remove the key",
        )
    for path in files:
        if reserved := reserved_characters(path.as_posix()):
            raise UserError(
                where=f"{where}: {folder}",
                expected="names that Snakemake takes as they are",
                found=f"{path.name!r}, which has {reserved}",
                fix="rename the file",
            )
    stems = [path.stem for path in files]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise UserError(
            where=f"{where}: {folder}",
            expected="one label map a name",
            found=f"several files named {', '.join(twice)}",
            fix="rename or remove all but one of each",
        )
    for stem in stems:
        if stem.endswith(INSTANCES) and stem.removesuffix(INSTANCES) not in stems:
            raise UserError(
                where=f"{where}: {folder}",
                expected=f"a label map beside its instance labels {stem}",
                found=f"no file named {stem.removesuffix(INSTANCES)}",
                fix=f"add the map, or rename the file if it is a map: `{INSTANCES}` is reserved",
            )
    return [path.as_posix() for path in found]


def instance_files(maps: Iterable[str | Path]) -> list[str]:
    """Return the files with instance labels that lie beside label maps, sorted."""
    wanted = {path.with_name(path.stem + INSTANCES) for path in map(Path, maps)}
    beside = (p for folder in sorted({path.parent for path in wanted}) for p in folder.iterdir())
    return sorted(
        path.as_posix()
        for path in beside
        if path.suffix.lower() in SUFFIXES and path.with_suffix("") in wanted
    )
