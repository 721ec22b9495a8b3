"""Label images that other programs wrote of a set's images, found before any job."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from cytoforge.config.base import nearest
from cytoforge.errors import UserError, shown
from cytoforge.jobs.user_path import entries, look_at

SUFFIXES = (".tif", ".tiff", ".png", ".npy")
# What programs put behind the name of an image: Cellpose, CellProfiler, QuPath, people.
ENDINGS = ("", "_cp_masks", "_masks", "_mask", "_labels", "_label", "_objects")
MOST_NAMED = 10
Files = dict[str, dict[str, str]]
"""Paths by object and image."""


def outside_files(
    folders: str | Mapping[str, str], objects: Sequence[str], images: Sequence[str], where: str
) -> Files:
    """Return the label image of each image by object, from a folder or from folders by object.

    A single folder may hold one folder per object; without those its files are of the only object
    that is compared.

    Parameters
    ----------
    objects : names of the objects that are compared; images : names of the images
    where : config key, for messages

    Raises
    ------
    UserError : no such folder, images without a file, with all of them named, or two for one image
    """
    return {
        name: _files(folder, images, f"{where}, {name}")
        for name, folder in _by_object(folders, objects, where).items()
    }


def _by_object(
    folders: str | Mapping[str, str], objects: Sequence[str], where: str
) -> dict[str, str]:
    if not isinstance(folders, str):
        return dict(folders)
    inside = {name: str(Path(folders) / name) for name in objects}
    there = {name: path for name, path in inside.items() if look_at(path).kind == "folder"}
    if there:
        return there
    if len(objects) == 1:
        return {objects[0]: folders}
    entries(folders, where)  # which says so where it is no folder
    raise UserError(
        where=where,
        expected=f"a folder per object in {shown(folders)}: {', '.join(objects)}",
        found="none of these",
        fix="put the label images there, or name a folder per object: {"
        + ", ".join(f"{name}: folder" for name in objects)
        + "}",
    )


def _files(folder: str, images: Sequence[str], where: str) -> dict[str, str]:
    found: dict[str, list[Path]] = {}
    for path in entries(folder, where):
        if path.suffix.lower() in SUFFIXES:
            found.setdefault(_stem(path), []).append(path)
    chosen = {image: _of_image(found, image, images) for image in images}
    if missing := [image for image, paths in chosen.items() if not paths]:
        raise UserError(
            where=f"{where}: {shown(folder)}",
            expected=f"a label image of each of {len(images)} images, called like it"
            f" ({', '.join(SUFFIXES)})",
            found=f"none of {_some(missing)}{nearest(missing[0], found)}",
            fix="write the missing ones, also where the tool found nothing (all 0), or rename them",
        )
    if double := [paths for paths in chosen.values() if len(paths) > 1]:
        raise UserError(
            where=f"{where}: {shown(folder)}",
            expected="one label image per image",
            found=" and ".join(path.name for path in double[0]),
            fix="keep the label image alone; the image itself is no result",
        )
    return {image: paths[0].as_posix() for image, paths in chosen.items()}


def _stem(path: Path) -> str:
    """Return a file's name without ending, and without the second one of `.ome.tif`.

    >>> _stem(Path("a/field1.ome.tif")), _stem(Path("field1_cp_masks.png"))
    ('field1', 'field1_cp_masks')
    """
    return path.stem.removesuffix(".ome")


def _of_image(found: Mapping[str, list[Path]], image: str, images: Collection[str]) -> list[Path]:
    """Return the files of an image: called like it, or like it with an ending.

    All of them: a program may write its masks beside the image, and one of both is the wrong one.
    """
    names = [image, *(image + end for end in ENDINGS if end and image + end not in images)]
    return [path for name in names for path in found.get(name, [])]


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - MOST_NAMED} more" * (len(listed) > MOST_NAMED)
    return ", ".join(listed[:MOST_NAMED]) + more
