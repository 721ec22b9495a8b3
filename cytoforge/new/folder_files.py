"""The image files of a folder, and which of them are channels of one image, by their names."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ENDINGS = (".tif", ".tiff", ".svs", ".png", ".jpg", ".jpeg")
VOLUMES = (".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm", ".ima")
# What is not a channel although it ends the names of files: time, plane, field, site, image, row.
_NO_CHANNEL = re.compile(
    r"(t|z|f|s|i|r|x|y|p|img|pos|well|field|site|time|frame|day|h)?-?\d+h?", re.I
)
# Words before which a name may end, and channels that are told without a word before.
_LAST_WORD = re.compile(r"^(?P<field>.+)[_\-. ](?P<channel>[^_\-. ]+)$")
_NUMBERED = re.compile(r"^(?P<field>.+?)[_\-. ]?(?P<channel>(?:ch|c|d|w)\d)$", re.I)
_LABELS = re.compile(r"(^|[_\-. ])(labels?|masks?|seg|segmentation|truth|gt)([_\-. ]|\d*d?$)", re.I)
_FRAME = re.compile(r"(?P<field>.*[_\-. ])?((t|time|frame|hour|h)[_-]?\d+h?|\d+h)", re.IGNORECASE)
_MOST_CHANNELS = 8


@dataclass(frozen=True)
class Found:
    """Files of a folder.

    images : pictures, in the order of names in which 2 comes before 10
    labels : what looks like label images, by its own or its folder's name
    others : how many files have each other ending
    """

    images: tuple[Path, ...]
    labels: tuple[Path, ...]
    others: dict[str, int]


def files_of(folder: Path) -> Found:
    """Return what lies in a folder and in the folders below it; hidden files are left out."""
    images: list[Path] = []
    labels: list[Path] = []
    others: dict[str, int] = defaultdict(int)
    for path in sorted(folder.rglob("*"), key=_in_human_order):
        within = path.relative_to(folder)
        if not path.is_file() or any(part.startswith(".") for part in within.parts):
            continue
        if path.suffix.lower() not in ENDINGS:
            others["".join(path.suffixes[-2:]).lower() or "no ending"] += 1
        elif any(_LABELS.search(part) for part in (*within.parts[:-1], path.stem)):
            labels.append(path)
        else:
            images.append(path)
    return Found(tuple(images), tuple(labels), dict(others))


def _in_human_order(path: Path) -> list[tuple[int, str]]:
    """Return what sorts 2 before 10.

    >>> _in_human_order(Path("a10")) > _in_human_order(Path("a2"))
    True
    """
    parts = re.split(r"(\d+)", str(path).lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def channel_files(files: Sequence[Path]) -> dict[str, dict[str, Path]] | None:
    """Return the files of each image by channel, where all names end in one of a few channels.

    Every image must have every channel, or the ends of the names are something else: None then.

    >>> found = channel_files([Path(f"{n}_{c}.tif") for n in "ab" for c in ("dna", "actin")])
    >>> {image: list(by_channel) for image, by_channel in found.items()}
    {'a': ['dna', 'actin'], 'b': ['dna', 'actin']}
    >>> channel_files([Path("well_t0.tif"), Path("well_t24.tif")]) is None
    True
    """
    for pattern in (_NUMBERED, _LAST_WORD):
        images: dict[str, dict[str, Path]] = defaultdict(dict)
        for path in files:
            match = pattern.match(path.stem)
            if match is None or (pattern is _LAST_WORD and _NO_CHANNEL.fullmatch(match["channel"])):
                break
            images[str(path.with_name(match["field"]))][match["channel"]] = path
        else:
            if _complete(images, len(files)):
                return {Path(name).name: channels for name, channels in images.items()}
    return None


def is_series(files: Sequence[Path]) -> bool:
    """Return whether the names differ in a time alone: they are frames of one field of view.

    Times have a word (`t0`, `24h`), or the names are nothing but numbers from 0 or 1 on.

    >>> is_series([Path("0.jpeg"), Path("1.jpeg")]), is_series([Path("B5_t0"), Path("B5_t24")])
    (True, True)
    >>> is_series([Path("set26"), Path("set44")]), is_series([Path("10024"), Path("10025")])
    (False, False)
    """
    stems = [path.stem for path in files]
    if len(stems) < 2 or len({path.parent for path in files}) > 1:
        return False
    if all(stem.isdecimal() for stem in stems):
        return min(map(int, stems)) <= 1
    frames = [_FRAME.fullmatch(stem) for stem in stems]
    return (
        len({frame["field"] if frame else stem for frame, stem in zip(frames, stems, strict=True)})
        == 1
    )


def _complete(images: dict[str, dict[str, Path]], n_files: int) -> bool:
    sets = {frozenset(channels) for channels in images.values()}
    names = {Path(name).name for name in images}
    if len(sets) != 1 or len(names) < len(images):
        return False
    n_channels = len(next(iter(sets)))
    return 2 <= n_channels <= _MOST_CHANNELS and n_files == n_channels * len(images)
