"""Write tiles as side-by-side A|B images, the format other pix2pix programs read."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Picture

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import atomic_path
from cytoforge.references.codes import Code, grey_values, write_codes
from cytoforge.references.own.user_values import is_own, own_pixels
from cytoforge.split.region import SPLITS
from cytoforge.tiles.tile_set import TileSet


def export_pairs(tile_set: TileSet, folder: str | Path) -> int:
    """Write train/, val/ and test/`<tile>`.png and codes.json; return the number of pictures.

    A picture is 8-bit, lossless and twice as wide as a tile. Left half, A: the image, scaled by
    its recorded range to 0–255 and rounded. Right half, B: the label map, codes as equally spaced
    grey values (codes.json lists them). One channel gives a grey picture, two channels red and
    green with blue 0, three channels red, green and blue; B is grey in all of them. Classes of the
    user's have the user's own values where the picture holds them: numbers of 8 bits, and colours
    where it is in colour.

    Raises UserError for more than three channels.
    """
    channels = tile_set.info["channels"]
    if len(channels) > 3:
        raise UserError(
            "datasets.export_pairs",
            "at most 3 channels, which red, green and blue can hold",
            f"{len(channels)}: {', '.join(channels)}",
            "set export_pairs: false, or name fewer channels in `images`",
        )
    folder = Path(folder)
    table = _shown(tile_set.codes, in_colour=len(channels) > 1)
    for split in SPLITS:
        for index in tile_set.indices(split):
            picture = np.concatenate(
                [_image_half(tile_set.unit([index])[0]), _label_half(tile_set, index, table)],
                axis=1,
            )
            path = folder / split / f"{tile_set.manifest[index].name}.png"
            with atomic_path(path) as temporary:
                Picture.fromarray(picture).save(temporary, format="PNG")
    write_codes(folder / "codes.json", tile_set.codes)
    return len(tile_set.manifest)


def _image_half(unit: np.ndarray) -> np.ndarray:
    """Return uint8 (T, T) for one channel, (T, T, 3) for two or three."""
    grey = np.rint(unit * 255).astype(np.uint8)  # (C, T, T)
    if len(grey) == 1:
        return grey[0]
    picture = np.zeros((*grey.shape[1:], 3), dtype=np.uint8)
    picture[..., : len(grey)] = grey.transpose(1, 2, 0)
    return picture


def _shown(codes: Sequence[Code], in_colour: bool) -> np.ndarray:
    """Return what a picture shows for each code, uint8 (K,), or (K, 3) in colour."""
    if is_own(codes):
        (own,) = own_pixels(np.arange(len(codes))[None], codes)
        if own.dtype == np.uint8 and (own.ndim == 1 or in_colour):
            return own
    return grey_values(len(codes))


def _label_half(tile_set: TileSet, index: int, table: np.ndarray) -> np.ndarray:
    labels: np.ndarray = table[tile_set["labels"][index]]  # (T, T), or (T, T, 3)
    if len(tile_set.info["channels"]) == 1 or labels.ndim == 3:
        return labels
    return np.repeat(labels[..., None], 3, axis=2)
