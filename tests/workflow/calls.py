"""Which functions of the package a script runs, noted by the script's own process."""

import atexit
import os
import sys
from pathlib import Path
from types import FrameType

# The folder in which each script of a warm run leaves what it ran; none: nothing is noted.
VARIABLE = "CYTOFORGE_TESTS_CALLS"
OF_A_FUNCTION = 1  # flag of code that is no body of a module or class, which an import runs


def note_calls(script: str, root: Path) -> None:
    """Note every call from now on, where the environment asks for it."""
    folder, package = os.environ.get(VARIABLE), f"{root}/cytoforge/"
    if folder is None:
        return
    called: set[tuple[str, str]] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        own = code.co_flags & OF_A_FUNCTION and code.co_filename.startswith(package)
        if event == "call" and own:
            called.add((code.co_filename, code.co_qualname.split(".")[0]))

    def leave() -> None:
        sys.setprofile(None)
        name = Path(script).stem.split(".")[-1]
        lines = [f"{file}\t{function}\n" for file, function in sorted(called)]
        Path(folder, f"{name}.{os.getpid()}").write_text("".join(lines))

    sys.setprofile(note)
    atexit.register(leave)


def noted(folder: Path) -> dict[str, set[tuple[Path, str]]]:
    """Return the functions that each script ran: files, and the names at their top."""
    found: dict[str, set[tuple[Path, str]]] = {}
    for file in folder.iterdir():
        for line in file.read_text().splitlines():
            path, function = line.split("\t")
            found.setdefault(file.stem, set()).add((Path(path), function))
    return found
