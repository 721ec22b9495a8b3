"""What a script prints: everything into its log, and one clear message on the terminal."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import open_in_place


@contextmanager
def job_log(path: str | Path) -> Iterator[TextIO]:
    """Send standard output and error, also of compiled libraries, to the file `path`; yield what
    was standard error before, for progress bars.

    A UserError is shown on the terminal without traceback; any other exception with its last
    line and the path of the log, which holds the traceback. Both end the process with status 1.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    terminal = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    log = open_in_place(Path(path), os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        yield terminal
    except UserError as error:
        _say(terminal, f"error: {error}")
        with suppress(OSError):
            print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except Exception as error:
        _say(terminal, f"error: {type(error).__name__}: {error}\n  log: {path}")
        with suppress(OSError):
            traceback.print_exc()
        raise SystemExit(1) from None
    finally:
        with suppress(OSError):  # it may have been closed
            terminal.close()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()


def _say(terminal: TextIO, message: str) -> None:
    # Before the log is written, which fails when the disk is full.
    with suppress(OSError):
        terminal.write(f"\n{message}\n\n")
        terminal.flush()
