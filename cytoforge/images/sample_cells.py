"""Cells of samples.tsv that say something of an image; what is wrong with one joins `problems`."""

from cytoforge.config.base import nearest
from cytoforge.config.images import MAX_PIXEL_UM
from cytoforge.images.table import Row

SPLITS = ("train", "val", "test")
BLOCKS = "blocks"


def pixel_size(row: Row, problems: list[str]) -> float | None:
    """Return the size of a pixel in µm."""
    cell = row.get("pixel_size_um")
    if not cell:
        return None
    try:
        size = float(cell)
    except ValueError:
        size = -1.0
    if not 0 < size <= MAX_PIXEL_UM:
        problems.append(f"pixel_size_um {cell!r} is not a positive number such as 0.65")
        return None
    return size


def split_of(row: Row, problems: list[str]) -> str | None:
    """Return the split that a row names, or that its image is cut into blocks."""
    cell = row.get("split")
    known = (*SPLITS, BLOCKS)
    if cell and cell not in known:
        problems.append(f"split {cell!r} is none of {', '.join(known)}{nearest(cell, known)}")
    return cell or None


def file_channels(row: Row, problems: list[str]) -> tuple[str, ...]:
    """Return the names of the channels in the file of a row."""
    cell = row.get("channels")
    names = tuple(name.strip() for name in cell.split(",")) if cell else ()
    if "" in names or len(set(names)) < len(names):
        problems.append(f"channels {cell!r} has an empty or repeated name")
    return names
