"""What an attack is answered, and what it costs: run in a process of its own and measured."""

import json
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from cytoforge.errors import UserError

ROOT = Path(__file__).parents[2]
PIXELS = np.arange(256, dtype=np.uint8).reshape(16, 16)

_CHILD = """
import json, resource, sys
from cytoforge.errors import UserError
from cytoforge.images.read import read_raw
from cytoforge.segmentation.label_file import decode_labels
spent = resource.getrusage(resource.RUSAGE_SELF)
before = spent.ru_maxrss
limit = int(spent.ru_utime + spent.ru_stime + float(sys.argv[2]))
resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
try:
    read = eval(sys.argv[1])
    answer = str(getattr(read, "pixels", read).shape)
except UserError as error:
    answer = str(error)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([answer, peak / 1024]))
"""


@dataclass(frozen=True)
class Answer:
    """A message, or the shape of what was read, and the most megabytes it took."""

    text: str
    megabytes: float


def answer_to(call: str, seconds: float = 20) -> Answer:
    """Evaluate `call` (e.g. `read_raw('x.tif')`) elsewhere; a traceback fails the test.

    It may take `seconds` of a processor, and six times as long beside other tests.
    """
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, call, str(seconds)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=6 * seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text, megabytes = json.loads(done.stdout.splitlines()[-1])
    return Answer(text, megabytes)


def assert_helpful(error: UserError, where: str) -> None:
    """Every answer names the file, what was expected, what was found, and what to do."""
    assert where in error.where
    assert all((error.expected, error.found, error.fix)), str(error)


def described_tiff(path: Path, description: str, pages: int = 1) -> Path:
    """Write a TIFF of 16 × 16 px whose metadata are `description`."""
    with tifffile.TiffWriter(path) as writer:
        for page in range(pages):
            text = description if page == 0 else None
            writer.write(PIXELS, description=text, metadata=None, contiguous=False)
    return path


def crafted_tiff(path: Path, stream: bytes = bytes(256), **tags: int) -> Path:
    """Write a little-endian TIFF of one grey strip, any tag of which may lie."""
    said = {
        "width": 16,
        "length": 16,
        "bits": 8,
        "compression": 1,
        "photometric": 1,
        "offset": 8 + 2 + 9 * 12 + 4,
        "samples": 1,
        "rows": 16,
        "count": len(stream),
        **tags,
    }
    codes = (256, 257, 258, 259, 262, 273, 277, 278, 279)
    names = ("width", "length", "bits", "compression", "photometric", "offset", "samples")
    entries = [
        struct.pack("<HHII", code, 4, 1, said[name])
        for code, name in zip(codes, (*names, "rows", "count"), strict=True)
    ]
    header = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    path.write_bytes(header + b"".join(entries) + struct.pack("<I", 0) + stream)
    return path


def sparse(path: Path, head: bytes, size: int) -> Path:
    """Write a file that is `head`, then a hole: huge, but nothing on the disk."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path
