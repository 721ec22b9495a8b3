"""A benchmark of seven tiny fields on disk: squares, found well, badly and from outside."""

from pathlib import Path

import numpy as np
import tifffile

from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation
from cytoforge.split.region import Region

SIDE = 24
IMAGES = ("a", "b", "c", "d", "e", "f", "g")


def squares(*ids: int) -> np.ndarray:
    """Return squares of 6 px in a row, none where the id is 0, int32 (24, 8 per id)."""
    labels = np.zeros((SIDE, 8 * len(ids)), np.int32)
    for place, number in enumerate(ids):
        labels[8:14, 8 * place + 1 : 8 * place + 7] = number
    return labels


# In every image three nuclei, in every second one a fourth.
TRUTH = {name: squares(1, 2, 3, 4 * (k % 2), 0) for k, name in enumerate(IMAGES)}
GOOD = {name: squares(7, 8, 9, 0, 0) for name in IMAGES}
BAD = {name: squares(5, 0, 0, 0, 3) for name in IMAGES}


def write_all(root: Path) -> Path:
    """Write images and segmentations `drawn`, `good`, `bad`, and label images of a tool outside."""
    ranges = (ChannelRange(0, 255, "none"),)
    (root / "outside").mkdir(parents=True)
    for name in IMAGES:
        grey = np.where(TRUTH[name] > 0, 200, 20).astype(np.uint8)[None]
        write_image(root / "images" / f"{name}.ome.tif", Image(name, grey, ("dna",), ranges))
        for method, found in (("drawn", TRUTH), ("good", GOOD), ("bad", BAD)):
            path = root / "segmentation" / method / f"{name}.ome.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            planes = {"nuclei": ObjectPlane(found[name])}
            write_segmentation(path, Segmentation(planes, method))
        tifffile.imwrite(root / "outside" / f"{name}.tif", TRUTH[name].astype(np.uint16))
    return root


def segmentations(root: Path, *methods: str) -> list[str]:
    return [str(root / "segmentation" / m / f"{name}.ome.tif") for m in methods for name in IMAGES]


def outside(root: Path) -> dict[str, dict[str, dict[str, str]]]:
    files = {name: str(root / "outside" / f"{name}.tif") for name in IMAGES}
    return {"tool": {"nuclei": files}}


def regions() -> list[Region]:
    """Return test regions: all of `a` to `f`; `g` is for training."""
    width = TRUTH["a"].shape[1]
    of_split = [(name, "train" if name == "g" else "test") for name in IMAGES]
    return [Region(name, split, 0, 0, SIDE, width, name) for name, split in of_split]
