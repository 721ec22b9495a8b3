"""The user's own label maps, found before anything runs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cytoforge.errors import UserError, shown
from cytoforge.images.any_volume import is_any_volume
from cytoforge.images.names import plane_suffix
from cytoforge.images.sample_files import file_problem
from cytoforge.images.slice_names import volume_planes
from cytoforge.jobs.user_path import entries

SUFFIXES = (".tif", ".tiff", ".png")
VOLUMES = (".nii", ".nii.gz", ".nrrd", ".mha")
# A map's instance labels lie beside it under its name with this ending.
INSTANCES = "_instances"


# In UTF-8. A field's name gets a set's name, a sample's number, a tile's place and an ending beside
# it, and no file system takes more than 255.
MAX_BYTES = 120


def name_of_map(path: str | Path) -> str:
    """Return the name that a map's fields have: its file's without ending, with `_` for dots.

    >>> name_of_map("own/wound.v2.tif"), name_of_map("own/pos218.ome.tif"), name_of_map("a.nii.gz")
    ('wound_v2', 'pos218', 'a')
    """
    name = Path(path).name
    long = next((end for end in (".ome.tif", ".nii.gz") if name.lower().endswith(end)), None)
    return (name[: -len(long)] if long else Path(path).stem).replace(".", "_")


@dataclass(frozen=True)
class MapFile:
    """Where one label map is.

    Attributes
    ----------
    path : a picture, or a label volume
    name : of the images that are made of it
    plane : the slice of a label volume, e.g. `{"z": 12}`; empty for a picture
    volume : name of that volume, "" for a picture
    """

    path: Path
    name: str
    plane: Mapping[str, int] = field(default_factory=dict)
    volume: str = ""


def map_files(
    paths: Iterable[str | Path], names: Mapping[Path, str], plane: str = "axial"
) -> list[MapFile]:
    """Return the label maps of files: each slice of a label volume is one.

    names : of files that are called otherwise than `name_of_map` says
    plane : `images.volumes.plane`
    """
    found: list[MapFile] = []
    for path in map(Path, paths):
        name = names.get(path, name_of_map(path))
        if not is_any_volume(path):
            found.append(MapFile(path, name))
            continue
        problems: list[str] = []
        planes = volume_planes("", str(path), plane, problems)
        if problems:
            raise UserError(str(path), "a label volume", problems[0], "correct or remove it")
        found += [MapFile(path, name + plane_suffix(one, planes), one, name) for one in planes]
    return found


def own_maps(folder: str, where: str = "sets.*.maps") -> list[str]:
    """Return the label maps in `folder` (TIFF, PNG, or label volumes), sorted by name.

    `{map}_instances.tif` (or .png) is no label map but the instance labels of `{map}`.

    Raises UserError when there is none, when one cannot be read, when two would give outputs of the
    same name, for names that are too long or that Snakemake would change, and for instance labels
    without their map.
    """
    files = [
        path
        for path in entries(folder, where)
        if path.suffix.lower() in SUFFIXES or is_any_volume(path)
    ]
    found = [path for path in files if not _is_of_instances(path)]
    if not found:
        raise UserError(
            where=where,
            expected=f"a folder with label maps ({', '.join((*SUFFIXES, *VOLUMES))})",
            found=f"{folder!r}, which has none",
            fix="put label maps there, or remove the key",
        )
    if problems := [*_unusable(files), *_same_names(files), *_alone(files)]:
        raise UserError(
            where=f"{where}: {folder}",
            expected="label maps with names of their own, and their instance labels",
            found="\n    - ".join(["", *problems]) if len(problems) > 1 else problems[0],
            fix="rename or remove these files",
        )
    return [path.as_posix() for path in found]


def _unusable(files: Iterable[Path]) -> Iterator[str]:
    for path in files:
        if problem := file_problem(path.as_posix()):
            yield problem
        elif len(name_of_map(path).encode()) > MAX_BYTES:
            yield f"{shown(path.name)} has a name of more than {MAX_BYTES} bytes"
        elif _is_of_instances(path) and path.name.lower().endswith(".ome.tif"):
            yield f"{path.name}: instance labels are read from .tif or .png, not from .ome.tif"


def _same_names(files: Iterable[Path]) -> Iterator[str]:
    """Name files whose fields would have one name, also where case does not count."""
    files_of: dict[str, list[str]] = defaultdict(list)
    for path in files:
        files_of[name_of_map(path).casefold()].append(path.name)
    for names in files_of.values():
        if len(names) > 1:
            yield f"several files named {name_of_map(names[0])}: {', '.join(names)}"


def _alone(files: Sequence[Path]) -> Iterator[str]:
    names = {name_of_map(path) for path in files}
    for name in sorted(names):
        if name.endswith(INSTANCES) and name.removesuffix(INSTANCES) not in names:
            yield (
                f"no file named {name.removesuffix(INSTANCES)} beside its instance labels {name}"
                f" (`{INSTANCES}` is reserved: a map must be called otherwise)"
            )


def _is_of_instances(path: Path) -> bool:
    return name_of_map(path).endswith(INSTANCES)


def instance_files(maps: Iterable[str | Path]) -> list[str]:
    """Return the files with instance labels that lie beside label maps, sorted."""
    wanted = {(path.parent, name_of_map(path) + INSTANCES) for path in map(Path, maps)}
    beside = (p for folder in sorted({folder for folder, _ in wanted}) for p in folder.iterdir())
    return sorted(
        path.as_posix()
        for path in beside
        if path.suffix.lower() in SUFFIXES and (path.parent, name_of_map(path)) in wanted
    )
