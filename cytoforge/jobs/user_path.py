"""What lies at a path that the user has given: asked here alone, and never answered by a traceback.

`Path.is_file` and its like raise for a path that is too long or lies in a closed folder, and say
nothing of a file that exists and cannot be read.
"""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cytoforge.errors import UserError, shown


@dataclass(frozen=True)
class Place:
    """What lies at a path.

    Attributes
    ----------
    kind : `file` and `folder` (links are followed), `device` (also a pipe), or `nothing`
    trouble : why it cannot be read, as the end of a message; empty where it can, or where there is
        simply nothing
    """

    kind: Literal["file", "folder", "device", "nothing"]
    trouble: str = ""


def look_at(path: str | Path) -> Place:
    """Return what lies at a path; never raises, whatever the path.

    >>> look_at("/"), look_at("no/such/file").kind
    (Place(kind='folder', trouble=''), 'nothing')
    >>> look_at("x" * 300).trouble
    'has a name of 300 characters, too long for this system'
    """
    text = str(path)
    try:
        text.encode()
        mode = Path(text).stat().st_mode
    except UnicodeEncodeError:
        return Place("nothing", "has a name that is no UTF-8 text: rename it")
    except ValueError:
        return Place("nothing", "has a NUL character")
    except OSError as error:
        return Place("nothing", _why_not(Path(text), error))
    if stat.S_ISDIR(mode):
        closed = not os.access(text, os.R_OK | os.X_OK)
        return Place("folder", "is a folder that may not be entered (permissions)" * closed)
    if not stat.S_ISREG(mode):
        return Place("device")
    return Place("file", "" if os.access(text, os.R_OK) else "may not be read (permissions)")


def entries(folder: str | Path, where: str) -> list[Path]:
    """Return what lies in a folder, sorted by name.

    where : the config key or file that names the folder

    Raises UserError when it cannot be listed: no folder, or a closed one.
    """
    place = look_at(folder)
    if place.kind != "folder" or place.trouble:
        raise UserError(
            where,
            "a folder that can be read",
            f"{shown(folder)!r}, which {place.trouble or 'is no folder'}",
            "correct the path or its permissions; it is relative to the working directory",
        )
    return sorted(Path(folder).iterdir())


def real_path(path: str | Path) -> str:
    """Return where a path leads, links followed; as it is where they lead nowhere."""
    try:
        return str(Path(path).resolve())
    except (OSError, RuntimeError, ValueError):  # a circle of links, a name that is too long
        return str(path)


def _why_not(path: Path, error: OSError) -> str:
    """Return why a path cannot be asked for; empty where there is simply nothing."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return _broken_link(path)
    if error.errno == errno.ENAMETOOLONG:
        longest = max((len(part) for part in path.parts), default=0)
        kind = f"a name of {longest}" if longest > 200 else f"{len(str(path))}"
        return f"has {kind} characters, too long for this system"
    if error.errno == errno.EACCES:
        closed = next((p for p in reversed(path.parents) if not os.access(p, os.X_OK)), path.parent)
        return f"lies in {shown(closed)}, a folder that may not be entered (permissions)"
    if error.errno == errno.ELOOP:
        return "is a link that leads to itself"
    return f"cannot be read: {error.strerror or error}"


def _broken_link(path: Path) -> str:
    try:
        return f"is a link to {shown(path.readlink())}, which is not there"
    except OSError:
        return ""
