"""A ceiling on memory while a file from elsewhere is read, whatever its decoder believes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import resource
except ImportError:  # Windows has no limits per process
    resource = None  # type: ignore[assignment]

# Address space beside the pixels: libraries that load, threads (72 MB each), tables of pages.
HEADROOM = 2_000_000_000
# The array as decoded, undone prediction, stacked planes, the order (C, Y, X).
COPIES = 4
_STATM = Path("/proc/self/statm")


@contextmanager
def memory_limit(n_bytes: int = 0) -> Iterator[None]:
    """Let the process take no more than `HEADROOM` and four times `n_bytes` beyond what it has.

    A 70-byte LERC stream inside a TIFF tile of 16 px decoded to 121 MB, and may say any size:
    decoders trust the stream, not the tile. Beyond the ceiling they fail with MemoryError.

    Linux only; elsewhere nothing is limited. Not for two threads at once: the limit is the
    process's.

    Parameters
    ----------
    n_bytes : of the pixels that the file declares
    """
    if resource is None or not _STATM.is_file():
        yield
        return
    used = int(_STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    ceiling = used + HEADROOM + COPIES * n_bytes
    if soft != resource.RLIM_INFINITY:
        ceiling = min(ceiling, soft)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
