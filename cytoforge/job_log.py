"""What a script prints: everything into its log, and one clear message on the terminal."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from cytoforge.errors import UserError


@contextmanager
def job_log(path: str | Path) -> Iterator[TextIO]:
    """Send standard output and error, also of compiled libraries, to the file `path`; yield what
    was standard error before, for progress bars.

    A UserError is shown on the terminal without traceback; any other exception with its last
    line and the place of the log, which holds the traceback. Both end the process with status 1.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    terminal = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        yield terminal
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        terminal.write(f"\nerror: {error}\n\n")
        raise SystemExit(1) from None
    except Exception as error:
        traceback.print_exc()
        terminal.write(f"\nerror: {type(error).__name__}: {error}\n  log: {path}\n\n")
        raise SystemExit(1) from None
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        terminal.close()
