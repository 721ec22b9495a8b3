"""Whether the files of column `path` have the config's channels, from their headers."""

from collections.abc import Iterable, Sequence

from cytoforge.config.base import nearest
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample

# A wrong name is wrong in all files of a plate: so many, evenly spread, tell before any job.
_MOST_FILES = 200
RGB = ("red", "green", "blue")


def check_channels(samples: Iterable[Sample], channels: Sequence[str]) -> None:
    """Raise UserError for channels that files of column `path` do not have.

    Names in column `channels` are compared for every row; else the file is asked, of many files
    only some. A file that cannot be read is its job's to name.
    """
    with_path = {s.files["path"]: s for s in samples if "path" in s.files}
    named = [sample for sample in with_path.values() if sample.file_channels]
    problems = [_problem(s.files["path"], s.file_channels, channels) for s in named]
    asked = [sample for sample in with_path.values() if not sample.file_channels]
    for sample in asked[:: max(1, len(asked) // _MOST_FILES)]:
        file = sample.files["path"]
        problems.append(_problem(file, _channels_of(file, sample.plane), channels))
    if found := list(dict.fromkeys(filter(None, problems))):
        more = f"\n    - and {len(found) - 5} more files" if len(found) > 5 else ""
        raise UserError(
            "images.channels",
            f"channels of the files in column `path`: {', '.join(channels)}",
            "\n    - ".join(["", *found[:5]]) + more,
            "name the files' channels in `images.channels`, or in column `channels`",
        )


def _problem(file: str, there: Sequence[str], wanted: Sequence[str]) -> str:
    """Return what a file lacks; "" where it has all, or is not known to lack any."""
    if not there:
        return ""
    seen = tuple(name for name in there if name != "alpha")
    # An only channel, and equal RGB, may be called grey.
    as_grey = {"grey"} if len(seen) == 1 or seen == RGB else set()
    for name in wanted:
        if name not in {*there, *as_grey}:
            return f"{file}: no channel `{name}`; there: {', '.join(there)}{nearest(name, there)}"
    return ""


def _channels_of(file: str, plane: dict[str, int]) -> tuple[str, ...]:
    """Return a file's channels, none where its header does not tell."""
    # tifffile and NumPy load here only: a dry run of one file per channel does not pay for them.
    from cytoforge.images.read import channels_of

    try:
        return channels_of(file, plane)
    except UserError:
        return ()
