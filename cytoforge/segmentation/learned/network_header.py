"""What the file of a network says of itself, read without torch: rules ask before any job."""

import json
from pathlib import Path
from typing import Any

from cytoforge.segmentation.learned.shipped import network_path, shipped_names

MOST_BYTES = 10_000_000  # of a header; those that ship have 10 kB


def header_of(name: str, key: str) -> dict[str, Any]:
    """Return kind, widths, scale … of a shipped network's name, or of a file's path.

    Raises ValueError, with what stands there instead, where it is none of this kind.
    """
    path = network_path(name)
    there = ", ".join(f"pretrained/{shipped}" for shipped in shipped_names()) or "none ship here"
    if not path.is_file():
        raise ValueError(f"{key}: no network {name!r} (there: {there}; or the path of a file)")
    try:
        described: dict[str, Any] = json.loads(_metadata(path)["cytoforge"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{key}: {path} is no network of cytoforge ({error})") from None
    return described


def _metadata(path: Path) -> dict[str, str]:
    """Return the text values of a safetensors file: 8 bytes with a length, then JSON."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MOST_BYTES:
            raise ValueError(f"a header of {length:,} bytes")
        found: dict[str, str] = json.loads(file.read(length))["__metadata__"]
    return found
