"""The table of images: one row per image, a folder of images, or a stack.

Columns of samples.tsv:

- `image` (required): a name of letters, digits, `_` and `-`; it becomes a file name.
- one column per channel of the config, named like it, with that channel's file; or
- `path`: a file with all channels. `channels`, optional, names the file's channels in their order,
  separated by commas. Without it: OME channel names; `grey` for one channel; `red`, `green`, `blue`
  for RGB; else `c0`, `c1`, ...
- `planes`, for stacks: `all`, or the number of planes such as `z=5` or `t=20,z=5`.
- `pixel_size_um`, `split` (train, val, test, or `blocks`: cut into strips), and any further columns
  (well, patient, ...).

Rows may become several images, always with the same names:

- A pattern (`*`, `?`, `[..]`, `**`) in `path` makes one image of each file that matches, named
  `<image>_<file name without ending>`; characters that a name cannot have become `_`. A pattern in
  a channel's column must match one file: pairing channels by the order of files would be a guess.
- A volume (a folder of DICOM too) makes one image of each slice, `<image>_z012`; `planes` chooses.
- A stack makes one image of each plane, named `<image>_t003_z01`, counted from 1. `z=5` takes the
  first five; a plane that the file lacks is an error when it is read. `all` reads the header of the
  file each time the workflow is parsed: for a few files.

Only `planes: all` and volumes open image files here; everything else is text, since Snakemake needs
the names before it runs anything.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from cytoforge.errors import UserError
from cytoforge.images.any_volume import is_any_volume
from cytoforge.images.names import (
    MAX_LENGTH,
    NAME_RULE,
    is_name,
    plain_name,
    plain_stem,
    plane_suffix,
    usable_name,
)
from cytoforge.images.planes import row_planes
from cytoforge.images.sample_cells import file_channels, pixel_size, split_of
from cytoforge.images.sample_columns import OWN_COLUMNS, look_alikes, missing_columns
from cytoforge.images.sample_files import existing_file, is_pattern, matching_files
from cytoforge.images.table import Row, read_table
from cytoforge.jobs.user_path import look_at, real_path

# Column that every slice of a volume has, with the name of its row.
VOLUME = "volume"
# A wrong folder makes every file of a plate missing; the first 40 say it all.
MAX_PROBLEMS = 40
MAX_CHARACTERS = 500


@dataclass(frozen=True)
class Sample:
    """One image to be: where its channels are and what the table says of it.

    Attributes
    ----------
    name : name of the image, unique without regard to case
    files : channel name → file, or `{"path": file}` for a file with all channels
    columns : all cells that are not read here, by column (well, patient, label files, ...)
    pixel_size_um : as given in the table, or None
    split : train, val, test, `blocks` for an image that is cut into strips of all three, or None
        where the table does not say
    file_channels : names of the file's channels, in order; empty: as the file says
    plane : plane of a stack, e.g. `{"t": 3, "z": 1}`, counted from 1; empty for a plain image
    stack : name of the stack a plane is from; planes of one stack must share a split
    """

    name: str
    files: dict[str, str]
    columns: dict[str, str] = field(default_factory=dict)
    pixel_size_um: float | None = None
    split: str | None = None
    file_channels: tuple[str, ...] = ()
    plane: dict[str, int] = field(default_factory=dict)
    stack: str | None = None

    @property
    def source(self) -> str:
        """What was photographed: the field's name in column `series`, the stack's for a plane,
        else the image's own."""
        return self.columns.get("series") or self.stack or self.name


def read_samples(
    path: str | Path,
    channels: tuple[str, ...],
    required_columns: Mapping[str, str] = MappingProxyType({}),
    notices: list[str] | None = None,
    of_volumes: str = "axial",
) -> tuple[Sample, ...]:
    """Return the images of a table, in its order; files are relative to the working directory.

    Parameters
    ----------
    path : the table, see the module's text
    channels : channels of the config
    required_columns : columns that must be there and filled, with the key that names each, e.g.
        `split.by`
    notices : what a user should know and may leave as it is is added here, one sentence each
    of_volumes : `images.volumes.plane`

    Raises
    ------
    UserError : with all problems of the table at once
    """
    table = read_table(path)
    problems = [*table.problems, *missing_columns(table.columns, channels, required_columns)]
    told = [*table.notices, *look_alikes(table.columns)]
    samples: list[Sample] = []
    for row in table.rows:
        before = len(problems)
        samples += (made := _row_samples(row, channels, of_volumes, problems))
        told += [f"line {row.line}: {text}" for text in _names_made(row, made)]
        problems += [
            f"column `{column}` is empty, which `{key}` names"
            for column, key in required_columns.items()
            if column in table.columns and not row.get(column)
        ]
        name = row.get("image")[:MAX_LENGTH] or "no name"
        where = f"line {row.line} ({name})"
        problems[before:] = [f"{where}: {text}" for text in problems[before:]]
    problems += _clashes(samples)
    if problems:
        raise _table_error(path, problems)
    if notices is not None:
        notices += [f"{path}: {_printable(text)}" for text in told]
    return tuple(samples)


def _names_made(row: Row, samples: list[Sample]) -> Iterator[str]:
    """Say which names a row gives its images, where they are not those of the table."""
    names, cell = [sample.name for sample in samples], row.get("path")
    if cell and is_pattern(cell) and names:
        listed = names if len(names) <= 4 else [*names[:2], "…", names[-1]]
        yield f"{cell} makes {len(names)} image(s): {', '.join(listed)}"
    elif "." in row.get("image"):
        yield f"image {row.get('image')!r} is called {', '.join(names[:1])}: names have no dots"


def _table_error(path: str | Path, problems: list[str]) -> UserError:
    shown = [f"    - {_printable(text)}" for text in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        shown.append(f"    - and {len(problems) - MAX_PROBLEMS} more")
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    return UserError(
        str(path),
        "a table of images without mistakes",
        "\n".join([count, *shown]),
        "fix these lines; config/README.md explains the columns",
    )


def _printable(text: str) -> str:
    """Return at most some lines of text, with \\x1b for what would move a terminal's cursor."""
    whole = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:MAX_CHARACTERS])
    return whole if len(text) <= MAX_CHARACTERS else f"{whole}…"


def _row_samples(
    row: Row, channels: tuple[str, ...], of_volumes: str, problems: list[str]
) -> list[Sample]:
    """Return the images of one row; what is wrong is added to `problems`."""
    name = plain_name(row.get("image"))
    if "image" in row.cells and not is_name(name):
        short, like = name[: MAX_LENGTH + 1], usable_name(name)
        hint = f"; for example {like}" if like else ""
        problems.append(f"name {short!r} cannot be used: {NAME_RULE}{hint}")
    base = Sample(
        name=name,
        files={},
        columns=_free_columns(row, channels),
        pixel_size_um=pixel_size(row, problems),
        split=split_of(row, problems),
        file_channels=file_channels(row, problems),
    )
    problems += _named_twice(row, channels)
    files = _path_files(row, base, problems) or _channel_files(row, base, channels, problems)
    for sample in files:
        if is_name(name) and not is_name(sample.name):
            problems.append(f"name {sample.name!r} cannot be used: {NAME_RULE}")
    return [plane for sample in files for plane in _planes(row, sample, of_volumes, problems)]


def _named_twice(row: Row, channels: tuple[str, ...]) -> Iterator[str]:
    """Name columns of channels whose file nobody would read, since `path` names one too."""
    for channel in channels if row.get("path") else ():
        if row.get(channel) and look_at(row.get(channel)).kind == "file":
            yield (
                f"`path` and column `{channel}` name a file each; leave one of them empty: a file"
                " holds all channels, or each channel has its own"
            )


def _free_columns(row: Row, channels: tuple[str, ...]) -> dict[str, str]:
    own = {*OWN_COLUMNS} if row.get("path") else {*OWN_COLUMNS, *channels}
    return {column: cell for column, cell in row.cells.items() if column not in own}


def _path_files(row: Row, base: Sample, problems: list[str]) -> list[Sample]:
    cell = row.get("path")
    if not cell:
        return []
    if not is_pattern(cell):
        return [replace(base, files={"path": existing_file(cell, "path", problems)})]
    return [
        replace(base, name=f"{base.name}_{plain_stem(file)}", files={"path": file})
        for file in matching_files(cell, "path", problems)
    ]


def _channel_files(
    row: Row, base: Sample, channels: tuple[str, ...], problems: list[str]
) -> list[Sample]:
    if row.get("path"):
        return []
    files = {}
    for channel in channels:
        cell = row.get(channel)
        if not cell:
            if channel in row.cells or "path" in row.cells:
                problems.append(f"no file for channel `{channel}` (column `{channel}` or `path`)")
        elif not is_pattern(cell):
            files[channel] = existing_file(cell, channel, problems)
        else:
            matches = matching_files(cell, channel, problems)
            if len(matches) > 1:
                problems.append(
                    f"column `{channel}`: {cell} matches {len(matches)} files"
                    f" ({matches[0]}, {matches[1]}, ...); a channel is one file:"
                    " give each image its own row"
                )
            files[channel] = matches[0] if matches else cell
    if len(set(files.values())) < len(files):
        problems.append("two channels have the same file")
    return [replace(base, files=files)]


def _planes(row: Row, sample: Sample, of_volumes: str, problems: list[str]) -> list[Sample]:
    file = next(iter(sample.files.values()), "")
    planes = row_planes(row.get("planes"), file, problems, of_volumes)
    if not planes:
        return [sample]
    if is_any_volume(file):  # which `split.by` may name
        sample = replace(sample, columns={VOLUME: sample.name, **sample.columns})
    return [
        replace(
            sample, name=sample.name + plane_suffix(plane, planes), plane=plane, stack=sample.name
        )
        for plane in planes
    ]


def _clashes(samples: list[Sample]) -> list[str]:
    """Names and files that occur twice; one file in two images would leak between splits."""
    names = defaultdict(list)
    owners = defaultdict(set)
    for sample in samples:
        # Casefolded: on macOS and Windows `Well_a1` and `Well_A1` are one file.
        names[sample.name.casefold()].append(sample.name)
        for file in sample.files.values():
            owners[real_path(file)].add(sample.stack or sample.name)
    problems = [
        f"name {same[0]!r} occurs {len(same)} times; names that differ in case only count as one"
        for key, same in names.items()
        if key and len(same) > 1
    ]
    problems += [
        f"file {file} belongs to more than one image: {', '.join(sorted(sources))}"
        for file, sources in owners.items()
        if len(sources) > 1
    ]
    return problems
