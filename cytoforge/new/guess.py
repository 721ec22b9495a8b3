"""What a folder of images holds: images with their channels, of one kind, and why it is thought."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.header_size import header_size
from cytoforge.images.planes import row_planes
from cytoforge.images.raw import RawImage
from cytoforge.images.read import FORMATS, read_raw
from cytoforge.images.whole_file import MAX_MEGAPIXELS, without_false_colour
from cytoforge.new.folder_files import VOLUMES, Found, channel_files, files_of, is_series
from cytoforge.new.modality import FLUORESCENCE, PHASE, Guess, guess_modality

# Headers alone do not tell the modality, so pixels are read: of all files where these are few and
# small, else of some, evenly spread.
_FEWEST_READ, _MOST_PIXELS = 12, 1e8


@dataclass(frozen=True)
class Kind:
    """What files have in common: channels, type of the values, and modality."""

    channels: tuple[str, ...]
    dtype: str
    modality: str


@dataclass
class Folder:
    """The images of a folder.

    images : files by image: `{"path": file}`, or one by channel
    kind : of most of the files that were read; `guess` says why, of one of them
    sizes : (height, width) in px of those
    pixel_size_um : where the files agree
    planes : whether files are stacks
    series : whether they are frames of one field of view
    strange : files of another kind, or that cannot be read, with what they are
    """

    found: Found
    images: dict[str, dict[str, Path]]
    kind: Kind
    guess: Guess
    sizes: tuple[tuple[int, int], ...]
    pixel_size_um: float | None
    planes: bool
    series: bool
    strange: dict[Path, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Read:
    path: Path
    kind: Kind
    guess: Guess
    size: tuple[int, int]
    pixel_size_um: float | None
    planes: bool


def look_into(folder: str | Path) -> Folder:
    """Return what a folder holds.

    Raises
    ------
    UserError : no such folder, or nothing in it that can be read as an image
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(str(folder), "a folder of images", "no such folder", "correct the path")
    found = files_of(folder)
    _refuse_volumes(found, folder)
    strange: dict[Path, str] = {}
    reads = [read for path in _some(found.images) if (read := _read(path, strange))]
    if not reads:
        raise UserError(str(folder), FORMATS, _what_else(found, strange), "convert them to TIFF")
    kinds: dict[Kind, list[_Read]] = defaultdict(list)
    for read in reads:
        kinds[read.kind].append(read)
    kind, alike = max(kinds.items(), key=lambda item: len(item[1]))
    strange |= {r.path: _in_words(r.kind) for r in reads if r.kind.channels != kind.channels}
    usable = [path for path in found.images if path not in strange]
    by_channel = channel_files(usable) if len(kind.channels) == 1 else None
    guess = alike[0].guess
    if by_channel:
        names = tuple(next(iter(by_channel.values())))
        kind = Kind(names, kind.dtype, FLUORESCENCE)
        guess = Guess(FLUORESCENCE, f"{len(names)} channels, each a file ({', '.join(names)})")
    sizes = {read.pixel_size_um for read in alike}
    return Folder(
        found,
        by_channel or _by_name(usable, folder),
        kind,
        guess,
        tuple(sorted({read.size for read in alike})),
        sizes.pop() if len(sizes) == 1 else None,
        any(read.planes for read in alike),
        by_channel is None and guess.modality in (FLUORESCENCE, PHASE) and is_series(usable),
        strange,
    )


def _by_name(files: Sequence[Path], folder: Path) -> dict[str, dict[str, Path]]:
    """Name images like their files, with their folders where files of two have one name."""
    plain = len({path.stem.casefold() for path in files}) == len(files)
    return {
        path.stem if plain else str(path.relative_to(folder).with_suffix("")): {"path": path}
        for path in files
    }


def _some(files: Sequence[Path]) -> list[Path]:
    if not files:
        return []
    height, width = header_size(files[0]) or (1000, 1000)
    count = min(len(files), max(_FEWEST_READ, int(_MOST_PIXELS / (height * width))))
    chosen = np.unique(np.linspace(0, len(files) - 1, count).round())
    return [files[int(index)] for index in chosen]


def _read(path: Path, strange: dict[Path, str]) -> _Read | None:
    try:
        planes = row_planes("all", str(path), [])
        plane = planes[len(planes) // 2] if planes else {}
        raw = read_raw(str(path), plane=plane, max_megapixels=MAX_MEGAPIXELS)
    except UserError as error:
        strange[path] = error.found
        return None
    raw = without_false_colour(raw)
    guess = guess_modality(raw.pixels, raw.channels)
    kind = Kind(raw.channels, str(raw.pixels.dtype), guess.modality)
    height, width = raw.pixels.shape[1:]
    return _Read(path, kind, guess, (height, width), _square(raw), bool(planes))


def _square(raw: RawImage) -> float | None:
    size = raw.pixel_size_um
    return size[0] if size and np.isclose(*size, rtol=0.01) else None


def _in_words(kind: Kind) -> str:
    return f"{kind.modality}, {kind.dtype}, channels {', '.join(kind.channels)}"


def _refuse_volumes(found: Found, folder: Path) -> None:
    """Say where a project of volumes begins: nothing is guessed of them."""
    if not found.images and any(kind in ending for ending in found.others for kind in VOLUMES):
        raise UserError(
            str(folder),
            "pictures",
            _what_else(found, {}),
            "volumes begin with a table: docs/volumes.md says how, or `python -m cytoforge.adopt"
            " nnunet FOLDER` (`synthrad`, `autopet`) writes it",
        )


def _what_else(found: Found, strange: dict[Path, str]) -> str:
    if strange:
        path, why = next(iter(strange.items()))
        return f"{path.name}: {why}"
    if found.labels:
        return f"{len(found.labels)} label images and no picture"
    kinds = ", ".join(f"{count} files {ending}" for ending, count in found.others.items())
    return kinds or "no file"
