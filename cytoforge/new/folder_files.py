"""The image files of a folder by their names: pictures, labels, small copies."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from cytoforge.images.sample_files import file_problem

ENDINGS = (".tif", ".tiff", ".svs", ".png", ".jpg", ".jpeg")
VOLUMES = (".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm", ".ima")
_LABELS = re.compile(r"(^|[_\-. ])(labels?|masks?|seg|segmentation|truth|gt)([_\-. ]|\d*d?$)", re.I)
# Small copies that microscopes and slide scanners lay beside their images.
_SMALL_COPY = re.compile(r"[_\-. ](thumb|thumbnail|preview)$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """Files of a folder.

    images : pictures, in the order of names in which 2 comes before 10
    labels : what looks like label images, by its own or its folder's name
    others : how many files have each other ending, are small copies of images, or links to nothing
    """

    images: tuple[Path, ...]
    labels: tuple[Path, ...]
    others: dict[str, int]


def files_of(folder: Path) -> Found:
    """Return what lies in a folder and in the folders below it; hidden files are left out."""
    images: list[Path] = []
    labels: list[Path] = []
    others: dict[str, int] = defaultdict(int)
    paths = sorted(folder.rglob("*"), key=_in_human_order)
    plain = {path.with_suffix("") for path in paths}
    for path in paths:
        within = path.relative_to(folder)
        if path.is_dir() or any(part.startswith(".") for part in within.parts):
            continue
        if not path.is_file():
            others["that are links to nothing"] += 1
        elif path.suffix.lower() not in ENDINGS:
            others["".join(path.suffixes[-2:]).lower() or "no ending"] += 1
        elif (small := _SMALL_COPY.search(path.stem)) and _of(path, small) in plain:
            others["that are small copies of others"] += 1
        elif any(_LABELS.search(part) for part in (*within.parts[:-1], path.stem)):
            labels.append(path)
        else:
            images.append(path)
    return Found(tuple(images), tuple(labels), dict(others))


def table_problem(path: Path) -> str:
    """Return why a table of images cannot name a file, as text for a message; else nothing."""
    text = str(path.absolute())
    if re.search(r"[\t\r\n]", text):
        return "has a tab or a line break in its path; rename it"
    return file_problem(text)


def _of(copy: Path, ending: re.Match[str]) -> Path:
    """Return the path of the image, without its ending, of which another is a small copy."""
    return copy.with_name(copy.stem[: ending.start()])


def stem(path: Path) -> str:
    """Return a file's name without its ending.

    >>> stem(Path("raw/pos1.ome.tif")), stem(Path("B5.t24.png"))
    ('pos1', 'B5.t24')
    """
    return path.stem[:-4] if path.stem.lower().endswith(".ome") else path.stem


def _in_human_order(path: Path) -> list[tuple[int, str]]:
    """Return what sorts 2 before 10.

    >>> _in_human_order(Path("a10")) > _in_human_order(Path("a2"))
    True
    """
    parts = re.split(r"(\d+)", str(path).lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
