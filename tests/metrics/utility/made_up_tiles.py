"""Training tiles of bright discs, five per image, as data sets of `cut_tiles_of_kind`."""

import numpy as np

from cytoforge.tiles.manifest import TileRow
from cytoforge.tiles.tile_set import TileSet
from tests.segmentation.test_trained import CODES, field

SIDE = 96
RANGE = (0.0, 200.0, "percentile")


def tile_set(*seeds: int, brightness: float = 1.0) -> TileSet:
    """One tile per image; grey values are `brightness` times as high."""
    pixels, labels = (np.stack(planes) for planes in zip(*map(field, seeds), strict=True))
    planes = {"images": (pixels[:, None] * 200 * brightness).astype(np.uint8), "instances": labels}
    kinds = {"images": "image", "instances": "instances"}
    names = [f"image{seed}" for seed in seeds]
    codes = [{**code, "region": "cell", "colour": [9, 9, 9]} for code in CODES]
    info = {
        "planes": {name: {"kind": kind, "dtype": ""} for name, kind in kinds.items()},
        **{"tile_px": SIDE, "channels": ["grey"], "dtype": "uint8", "codes": codes},
        "ranges": {name: [list(RANGE)] for name in names},
        "pixel_size_um": dict.fromkeys(names),
    }
    rows = [TileRow(name, name, 0, 0, "train", name, 0.0, "") for name in names]
    return TileSet(planes, rows, info)  # type: ignore[arg-type]


def kinds() -> dict[str, TileSet]:
    """Tiles of every kind; re-rendered ones are half as bright."""
    return {
        "real": tile_set(0, 1),
        "synthetic": tile_set(2),
        "rerendered": tile_set(0, 1, brightness=0.5),
    }
