"""Colour previews of label maps, for eyes only."""

from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from cytoforge.jobs.atomic import atomic_path
from cytoforge.references.codes import Code


def preview(label_map: np.ndarray, codes: tuple[Code, ...]) -> np.ndarray:
    """Return (Y, X, 3) uint8 in the colours of the table; codes outside it raise IndexError."""
    palette = np.array([code.colour for code in codes], dtype=np.uint8)  # (K, 3)
    return palette[label_map]


def write_preview(path: str | Path, label_map: np.ndarray, codes: tuple[Code, ...]) -> None:
    """Write the preview as a palette PNG, a tenth of the size of one in full colour."""
    if int(label_map.max(initial=0)) >= len(codes):
        raise IndexError(f"code {label_map.max()} in a table of {len(codes)}")
    image = PillowImage.fromarray(label_map, mode="P")
    image.putpalette([value for code in codes for value in code.colour])
    with atomic_path(path) as temporary:
        image.save(temporary, format="PNG", optimize=True)
