"""Text files that users write: tables and YAML, in the encodings that programs save them in."""

import codecs
import re
from pathlib import Path

from cytoforge.errors import UserError, shown
from cytoforge.jobs.user_path import look_at

# The longer mark first: that of UTF-16 begins UTF-32's too.
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
MAX_BYTES = 100_000_000


def read_user_text(path: str | Path, what: str, fix: str) -> str:
    """Return a text in UTF-8, or in what its byte-order mark says (Excel's "Unicode text").

    Parameters
    ----------
    what : what the file should be, e.g. "a table of images"
    fix : what to do where there is no such file

    Raises
    ------
    UserError : no file that can be read, more than 100 MB, or another encoding, with the line
    """
    place = look_at(path)
    if place.kind != "file" or place.trouble:
        none = _nothing(path) if place.kind == "nothing" else f"a {place.kind}"
        raise UserError(shown(path), what, place.trouble or none, fix)
    size = Path(path).stat().st_size
    if size > MAX_BYTES:
        limit = f"{what}, at most {MAX_BYTES // 10**6} MB"
        raise UserError(shown(path), limit, f"{size // 10**6:,} MB", "is it the right file?")
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UserError(shown(path), what, error.strerror or str(error), fix) from error
    return _decoded(data, shown(path))


def _nothing(path: str | Path) -> str:
    """Say that there is no file, and from where it was looked for."""
    here = "" if Path(path).is_absolute() else f"; paths start from {shown(Path.cwd())}"
    return f"No such file{here}"


def encoding_of(data: bytes) -> str:
    """Return the encoding that a byte-order mark says, UTF-8 where there is none.

    >>> encoding_of("name".encode("utf-16")), encoding_of(b"name")
    ('utf-16', 'utf-8')
    """
    return next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")


def lines_of(text: str) -> list[str]:
    """Return the lines of a text; `str.splitlines` would end one at rarer characters too."""
    return re.split(r"\r\n|\r|\n", text)


def _decoded(data: bytes, where: str) -> str:
    encoding = encoding_of(data)
    if data.startswith(b"PK\3\4"):
        found = "an Excel workbook (.xlsx) or another archive"
        raise UserError(where, "a text file", found, "save it as text: tab-separated, or CSV UTF-8")
    if encoding == "utf-8" and b"\0" in data[:1000]:
        found = "NUL bytes: UTF-16 without its mark, or no text at all"
        raise UserError(where, "UTF-8 text", found, "save it as UTF-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UserError(
            f"{where}, line {line}" if encoding == "utf-8" else where,
            "UTF-8 text",
            f"other bytes at {error.start} ({error.object[error.start : error.start + 4]!r}):"
            " perhaps Windows or Latin-1 text, as older programs save it",
            "save it as UTF-8",
        ) from error
