"""What an attack is answered, and what it costs: run in a process of its own and measured."""

import json
import struct
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import tifffile

from cytoforge.errors import UserError

ROOT = Path(__file__).parents[2]
PIXELS = np.arange(256, dtype=np.uint8).reshape(16, 16)

# Imports once, and is forked for each attack: a fork has a memory and a processor time of its own.
_FORKED = """
import json, os, resource, signal, sys
from cytoforge.errors import UserError
from cytoforge.images.read import read_raw
from cytoforge.segmentation.label_file import decode_labels


def answer(call, seconds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    signal.alarm(int(6 * seconds))
    try:
        read = eval(call)
        text = str(getattr(read, "pixels", read).shape)
    except UserError as error:
        text = str(error)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return [text, peak / 1024]


for line in sys.stdin:
    child = os.fork()
    if not child:
        print(json.dumps(answer(*json.loads(line))), flush=True)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        print(json.dumps([code, 0]), flush=True)
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
    process = _process()
    assert process.stdin and process.stdout
    print(json.dumps([call, seconds]), file=process.stdin, flush=True)
    text, megabytes = json.loads(process.stdout.readline())
    assert isinstance(text, str), f"{call} ended with {text}"
    return Answer(text, megabytes)


@cache
def _process() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _FORKED],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


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
