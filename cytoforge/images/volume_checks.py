"""Volumes are refused before any job, from their headers: each with its file, the reason, and what
to do or to accept."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from pydantic import ValidationError

from cytoforge.config.base import nearest
from cytoforge.config.images import ImagesConfig, NormalisationConfig
from cytoforge.config.volumes import WINDOWS
from cytoforge.errors import UserError
from cytoforge.images.any_volume import (
    doubts_of,
    is_any_volume,
    read_any_header,
)
from cytoforge.images.nifti_header import NiftiHeader
from cytoforge.images.samples import Sample
from cytoforge.images.volume_grid import (
    SAME,
    VolumeGrid,
    corners_apart,
    grid_of_header,
    same_grid,
)
from cytoforge.jobs.user_path import real_path

_MOST_PROBLEMS = 40
# Column of samples.tsv that overrules `images.normalisation` for its row.
WINDOW = "window"
_ACCEPT = "or accept it: images.volumes.accept: [{}]"


def volumes_of(samples: Iterable[Sample]) -> dict[str, Sample]:
    """Return one slice of each volume, by the volume's name."""
    found: dict[str, Sample] = {}
    for sample in samples:
        if any(map(is_any_volume, sample.files.values())):
            found.setdefault(sample.stack or sample.name, sample)
    return found


def check_volumes(
    samples: Sequence[Sample], config: ImagesConfig, label_columns: Iterable[str] = ()
) -> None:
    """Raise UserError, with all problems at once, for volumes that would be misread.

    label_columns : columns of samples.tsv with label maps, of volumes label volumes
    """
    volumes = volumes_of(samples)
    columns = [*label_columns]
    if config.volumes.body not in ("none", "threshold"):
        columns.append(config.volumes.body)
    problems = [*_of_settings(samples, volumes, config)]
    for name, sample in volumes.items():
        own = images_config(sample, config)
        problems += [f"{name}: {text}" for text in _of_volume(sample, own, columns)]
    flat = {sample.name: sample for sample in samples if not sample.columns.get("volume")}
    problems += [
        f"{name}: {sample.columns[column]} is a volume, its image is none (column `{column}`)"
        for name, sample in flat.items()
        for column in columns
        if is_any_volume(sample.columns.get(column, ""))
    ]
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        listed = problems[:_MOST_PROBLEMS] + [f"and {more} more"] * (more > 0)
        raise UserError(
            "volumes in samples.tsv",
            "volumes that say what they show and where it lies",
            "\n    - ".join(["", *listed]),
            "correct the files, or accept by name what is meant so; config/README.md tells more",
        )


def images_config(sample: Sample, config: ImagesConfig) -> ImagesConfig:
    """Return how an image is read: by the window that its column `window` has, a name or two
    numbers, else as the config says. Tables may hold CT beside MR.

    Raises UserError for another text in the column.
    """
    cell = sample.columns.get(WINDOW, "").strip()
    if not cell:
        return config
    parts = cell.replace(",", " ").split()
    window = parts if len(parts) == 2 else cell
    try:
        scaling = NormalisationConfig.model_validate({"method": "window", "window": window})
    except ValidationError as error:
        raise UserError(
            f"samples.tsv, column {WINDOW}, {sample.stack or sample.name}",
            f"a window ({', '.join(WINDOWS)}) or two numbers such as -1000 1000",
            repr(cell) + nearest(cell, WINDOWS),
            "correct it, or empty the cell for `images.normalisation`",
        ) from error
    return config.model_copy(update={"normalisation": scaling})


def _of_settings(
    samples: Sequence[Sample], volumes: dict[str, Sample], config: ImagesConfig
) -> Iterator[str]:
    if volumes and config.shading != "none":
        yield "images.shading: volumes have no uneven light of a lamp; set it to `none`"
    flat = (s.name for s in samples if not any(map(is_any_volume, s.files.values())))
    if config.normalisation.method == "body" and (other := next(flat, None)):
        yield (
            f"images.normalisation.method: `body` is for volumes, and {other} is none; use"
            " `percentile`"
        )


def _of_volume(sample: Sample, config: ImagesConfig, columns: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with the files of one volume; labels are compared with the first."""
    first: tuple[str, VolumeGrid] | None = None
    for file in sample.files.values():
        header = _read(file)
        if isinstance(header, str):
            yield header
            continue
        yield from _of_doubts(file, config)
        yield from _of_header(file, header, config)
        grid = grid_of_header(header, file)
        if first and not same_grid(first[1], grid):
            yield f"{file}: another grid than {first[0]}; resample it onto that one"
        first = first or (file, grid)
    for column in columns:
        file = sample.columns.get(column, "")
        if file and real_path(file) in map(real_path, sample.files.values()):
            yield f"{file}: the image and its labels (column `{column}`) are one file"
        if not file and column == config.volumes.body:
            yield f"no mask in column `{column}`, which images.volumes.body names"
        if file and first is not None:
            yield from _of_labels(file, column, first, config)


def _of_labels(
    file: str, column: str, image: tuple[str, VolumeGrid], config: ImagesConfig
) -> Iterator[str]:
    if not is_any_volume(file):
        yield f"{file}: no volume, but {image[0]} is one (column `{column}`)"
        return
    header = _read(file)
    if isinstance(header, str):
        yield header
        return
    yield from _of_doubts(file, config)
    yield from of_place(file, header, config.volumes.accept)
    grid = grid_of_header(header, file)
    if same_grid(grid, image[1]):
        return
    shapes = [" × ".join(map(str, one.shape)) for one in (grid, image[1])]
    if grid.shape != image[1].shape:
        yield (
            f"{file}: {shapes[0]} voxels, its image {image[0]} {shapes[1]} (column `{column}`);"
            " resample the labels onto the image by nearest neighbour"
        )
    elif "label_grid" not in config.volumes.accept:
        yield (
            f"{file}: lies elsewhere in space than its image {image[0]} (column `{column}`);"
            f" resample it, {_ACCEPT.format('label_grid')}"
        )


def _read(file: str) -> NiftiHeader | str:
    """Return the header, or what is wrong with the file."""
    try:
        header = read_any_header(file)
        grid_of_header(header, file)
    except UserError as error:
        return f"{file}: {error.found} (expected: {error.expected}); {error.fix}"
    return header


def _of_doubts(file: str, config: ImagesConfig) -> Iterator[str]:
    for name, words in doubts_of(file).items():
        if name not in config.volumes.accept:
            yield f"{file}: {words}, {_ACCEPT.format(name)}"


def _of_header(file: str, header: NiftiHeader, config: ImagesConfig) -> Iterator[str]:
    if not header.dtype:
        yield f"{file}: colours or complex numbers, no grey values; export these"
    yield from of_place(file, header, config.volumes.accept)
    bits = header.eight_bits and config.normalisation.method == "window"
    if bits and "eight_bit" not in config.volumes.accept:
        yield (
            f"{file}: 8 bits ({header.dtype}), so windowed before and without Hounsfield units;"
            f" give the CT itself, {_ACCEPT.format('eight_bit')}"
        )


def of_place(file: str, header: NiftiHeader, accepted: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with where a volume, of an image or of labels, says it lies."""
    if header.codes[0] <= 0 and header.codes[1] <= 0 and "no_affine" not in accepted:
        yield (
            f"{file}: says no place in space (sform and qform have code 0), so nobody knows left"
            f" from right; convert it again, {_ACCEPT.format('no_affine')}"
        )
    if (apart := forms_apart(header)) > SAME and "forms" not in accepted:
        yield (
            f"{file}: sform and qform disagree, by {apart:.3g} voxels at a corner; correct the"
            f" wrong one, {_ACCEPT.format('forms')}, and the sform is taken"
        )


def forms_apart(header: NiftiHeader) -> float:
    """Return how far sform and qform put a corner of the volume apart, in lengths of the shortest
    side of a voxel; 0 where one of them is not said."""
    if header.sform is None or header.qform is None:
        return 0.0
    x, y, z = header.shape[:3]
    grids = (VolumeGrid((x, y, z), form, header.zooms) for form in (header.sform, header.qform))
    return corners_apart(*grids)
