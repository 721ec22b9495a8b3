"""A job asks for memory and time by the size of its image, which a header tells."""

import runpy
import struct
from pathlib import Path

from cytoforge.images.samples import Sample


def header(height: int, width: int) -> bytes:
    """Return the start of a TIFF of that size; its pixels are not asked for."""
    tags = ((256, width), (257, height))
    return struct.pack("<2sHLH", b"II", 42, 8, len(tags)) + b"".join(
        struct.pack("<HHLL", tag, 4, 1, value) for tag, value in tags
    )


def test_a_large_image_is_given_more_at_its_first_attempt(root: Path, tmp_path: Path):
    samples = {}
    for name, size in {"large": (20_000, 15_000), "small": (1000, 1000)}.items():
        (tmp_path / f"{name}.tif").write_bytes(header(*size))
        samples[name] = Sample(name, {"path": str(tmp_path / f"{name}.tif")}, {})
    samples["unreadable"] = Sample("unreadable", {"path": str(tmp_path / "gone.tif")}, {})
    rules = runpy.run_path(str(root / "rules/requests.smk"), {"SAMPLES": samples})
    memory = rules["grows"](6000, per_megapixel=40)
    assert memory({"image": "large"}, attempt=1) == 300 * 40
    assert memory({"image": "small"}, attempt=1) == 6000
    assert memory({"image": "small"}, attempt=2) == 12000
    assert memory({"image": "unreadable"}, attempt=1) == 6000
    assert memory({}, attempt=1) == 300 * 40, "a job of many images has to hold the largest"
    assert rules["grows"](30)({"image": "large"}, attempt=3) == 90
