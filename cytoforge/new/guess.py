"""What a folder of images holds: images with their channels, of one kind, and why it is thought."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cytoforge.errors import UserError, shown
from cytoforge.images.header_size import header_size
from cytoforge.images.modality import FLUORESCENCE, HE, IHC, PHASE, Guess, guess_modality
from cytoforge.images.planes import row_planes
from cytoforge.images.raw import RGB, RawImage
from cytoforge.images.read import FORMATS, read_raw
from cytoforge.images.whole_file import MAX_MEGAPIXELS, without_false_colour
from cytoforge.jobs.user_path import look_at
from cytoforge.new.channel_names import channel_files
from cytoforge.new.folder_files import VOLUMES, Found, files_of, stem, table_problem
from cytoforge.new.frame_names import fields_of, hours_of
from cytoforge.new.halos import Halos, halos_of
from cytoforge.new.label_images import are_labels

# Headers alone do not tell the modality, so pixels are read: of all files where these are few and
# small, else of some, evenly spread.
_FEWEST_READ, _MOST_PIXELS = 12, 1e8
# Narrower is no image: the pages of (Y, X, C) that was written without saying so are X × C.
_NARROWEST_PX = 16
# Of the widest range of a colour: less is what JPEG leaves of none.
_NO_LIGHT = 0.04


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
    fields : the field of view of each image where several are of one, else None
    hours : when each was taken, where their names say it
    strange : files of another kind, or that cannot be read, with what they are
    halos : of cells in phase contrast, as they are and inverted; None where that is not asked
    """

    found: Found
    images: dict[str, dict[str, Path]]
    kind: Kind
    guess: Guess
    sizes: tuple[tuple[int, int], ...]
    pixel_size_um: float | None
    planes: bool
    fields: list[str] | None
    hours: list[float] | None = None
    strange: dict[Path, str] = field(default_factory=dict)
    halos: Halos | None = None


@dataclass(frozen=True)
class _Read:
    path: Path
    kind: Kind
    guess: Guess
    size: tuple[int, int]
    pixel_size_um: float | None
    planes: bool
    labels: bool
    lit: frozenset[str]


def look_into(folder: str | Path) -> Folder:
    """Return what a folder holds.

    Raises
    ------
    UserError : no such folder, or nothing in it that can be read as an image
    """
    folder = Path(folder)
    place = look_at(folder)
    if place.kind != "folder" or place.trouble:
        why = f"a path that {place.trouble}" if place.trouble else "no such folder"
        raise UserError(shown(folder), "a folder of images", why, "correct the path")
    found = files_of(folder)
    _refuse_volumes(found, folder)
    strange = _not_for_a_table(found.images)
    found = replace(found, images=tuple(path for path in found.images if path not in strange))
    reads = [read for path in _some(found.images) if (read := _read(path, strange))]
    found, reads = _without_labels(found, reads)
    if not reads:
        raise _nothing(folder, found, strange)
    alike = _most_alike(reads)
    kind, guess = alike[0].kind, alike[0].guess
    others = {path: error.found for path, error in strange.items()}
    others |= {r.path: _in_words(r.kind) for r in reads if not _go_together(r.kind, kind)}
    usable = [path for path in found.images if path not in others]
    named = kind.modality != FLUORESCENCE
    by_channel = channel_files(usable, named) if len(kind.channels) == 1 else None
    if by_channel:
        names = tuple(next(iter(by_channel.values())))
        kind = Kind(names, kind.dtype, FLUORESCENCE)
        guess = Guess(FLUORESCENCE, f"{len(names)} channels, each a file ({', '.join(names)})")
        whole = {path for files in by_channel.values() for path in files.values()}
        others |= {p: "another channel of its image is missing" for p in usable if p not in whole}
    kind = _without_dark_colours(kind, alike)
    images = by_channel or _by_name(usable, folder)
    return _described(found, images, (kind, guess), reads, others)


def _described(
    found: Found,
    images: dict[str, dict[str, Path]],
    what: tuple[Kind, Guess],
    reads: Sequence[_Read],
    others: dict[Path, str],
) -> Folder:
    """Return what images have in common: of those that were read and are not `others`."""
    kind, guess = what
    used = [read for read in reads if read.path not in others]
    kind = replace(kind, dtype=" and ".join(sorted({read.kind.dtype for read in used})))
    sizes, pixel_sizes = {read.size for read in used}, {read.pixel_size_um for read in used}
    may_be_frames = guess.modality in (FLUORESCENCE, PHASE) and len(sizes) == 1
    fields = fields_of(list(images)) if may_be_frames else None
    return Folder(
        found,
        images,
        kind,
        guess,
        tuple(sorted(sizes)),
        pixel_sizes.pop() if len(pixel_sizes) == 1 else None,
        any(read.planes for read in used),
        fields,
        hours_of(list(images)) if fields else None,
        others,
        halos_of([files["path"] for files in images.values()]) if kind.modality == PHASE else None,
    )


def _not_for_a_table(images: Sequence[Path]) -> dict[Path, UserError]:
    """Return the files that a table of images cannot name, with why."""
    wrong = {path: problem for path in images if (problem := table_problem(path))}
    return {p: UserError(shown(p), "a path for a table", problem) for p, problem in wrong.items()}


def _go_together(one: Kind, most: Kind) -> bool:
    """Return whether images of both kinds may be of one project: stained sections of two kinds, or
    numbers of two types, may."""
    light = [HE if kind.modality == IHC else kind.modality for kind in (one, most)]
    return one.channels == most.channels and light[0] == light[1]


def _most_alike(reads: Sequence[_Read]) -> list[_Read]:
    kinds: dict[Kind, list[_Read]] = defaultdict(list)
    for read in reads:
        kinds[read.kind].append(read)
    return max(kinds.values(), key=len)


def _without_labels(found: Found, reads: Sequence[_Read]) -> tuple[Found, list[_Read]]:
    """Return the files without label images, told by their pixels.

    In a folder where all that were read are label images, the others are taken for some too.
    """
    pictures = {read.path.parent for read in reads if not read.labels}
    folders = {read.path.parent for read in reads if read.labels} - pictures
    labels = {read.path for read in reads if read.labels}
    labels |= {path for path in found.images if path.parent in folders}
    images = tuple(path for path in found.images if path not in labels)
    told = (*found.labels, *(path for path in found.images if path in labels))
    return replace(found, images=images, labels=told), [r for r in reads if not r.labels]


def _without_dark_colours(kind: Kind, reads: Sequence[_Read]) -> Kind:
    """Return fluorescence in colour without the colours that are dark in all of its pictures."""
    lit = frozenset[str]().union(*(read.lit for read in reads))
    if kind.channels != RGB or kind.modality != FLUORESCENCE or not lit:
        return kind
    return replace(kind, channels=tuple(name for name in RGB if name in lit))


def _by_name(files: Sequence[Path], folder: Path) -> dict[str, dict[str, Path]]:
    """Name images like their files, with their folders where files of two have one name."""
    plain = len({stem(path).casefold() for path in files}) == len(files)
    within = [path.relative_to(folder).with_name(stem(path)) for path in files]
    return {
        name.name if plain else str(name): {"path": path}
        for name, path in zip(within, files, strict=True)
    }


def _some(files: Sequence[Path]) -> list[Path]:
    if not files:
        return []
    height, width = header_size(files[0]) or (1000, 1000)
    count = min(len(files), max(_FEWEST_READ, int(_MOST_PIXELS / (height * width))))
    chosen = np.unique(np.linspace(0, len(files) - 1, count).round())
    return [files[int(index)] for index in chosen]


def _read(path: Path, strange: dict[Path, UserError]) -> _Read | None:
    try:
        planes = row_planes("all", str(path), [])
        plane = planes[len(planes) // 2] if planes else {}
        raw = read_raw(str(path), plane=plane, max_megapixels=MAX_MEGAPIXELS)
        _refuse_narrow(path, raw, len(planes))
    except UserError as error:
        strange[path] = error
        return None
    raw = without_false_colour(raw)
    guess = guess_modality(raw.pixels, raw.channels)
    kind = Kind(raw.channels, str(raw.pixels.dtype), guess.modality)
    height, width = raw.pixels.shape[1:]
    size = (height, width)
    labels = len(raw.channels) == 1 and are_labels(raw.pixels[0])
    return _Read(path, kind, guess, size, _square(raw), bool(planes), labels, _lit(raw))


def _refuse_narrow(path: Path, raw: RawImage, n_planes: int) -> None:
    height, width = raw.pixels.shape[1:]
    if min(height, width) < _NARROWEST_PX:
        pages = f"{n_planes} pages of " if n_planes else ""
        raise UserError(
            str(path),
            f"images of at least {_NARROWEST_PX} px",
            f"{pages}{height} × {width} px",
            "if these are rows of an image whose last axis is its channels, write it with the"
            " channels first, or as RGB",
        )


def _lit(raw: RawImage) -> frozenset[str]:
    """Return the channels in which something is seen."""
    low, high = np.percentile(raw.pixels.reshape(len(raw.pixels), -1)[:, ::7], [0.1, 99.9], axis=1)
    ranges = high - low
    seen = ranges > _NO_LIGHT * ranges.max()
    return frozenset(name for name, one in zip(raw.channels, seen, strict=True) if one)


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
            _other_files(found),
            "volumes begin with a table: docs/volumes.md says how, or `python -m cytoforge.adopt"
            " nnunet FOLDER` (`synthrad`, `autopet`) writes it",
        )


def _nothing(folder: Path, found: Found, strange: dict[Path, UserError]) -> UserError:
    """Return what to say of a folder without a picture that can be read."""
    if strange:
        path, why = next(iter(strange.items()))
        more = f"; {len(strange) - 1} more cannot be read either" if len(strange) > 1 else ""
        return UserError(str(folder), FORMATS, f"{path.name}: {why.found}{more}", why.fix)
    if found.labels:
        said = f"{len(found.labels)} label images and no picture, e.g. {found.labels[0].name}"
        return UserError(str(folder), FORMATS, said, "name the folder that holds the pictures too")
    return UserError(str(folder), FORMATS, _other_files(found), "convert them to TIFF")


def _other_files(found: Found) -> str:
    return ", ".join(f"{count} files {kind}" for kind, count in found.others.items()) or "no file"
