"""Pictures inside the page: display copies as data URIs, and outlines drawn over them."""

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image as PillowImage

from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.references.codes import Code
from cytoforge.tiles.region import Region
from cytoforge.training.sheet import colour_composite

FIELD_PX = 1024  # longest side of a whole field on the page
THUMBNAIL_PX = 420
# A 1006 × 1000 px field has 554 kB as lossless WebP and 78 kB at quality 90, which no eye tells
# apart on a screen; small pictures stay lossless, for their pixels are looked at one by one.
LOSSLESS_PIXELS = 256 * 256
WEBP_QUALITY = 90

# Blue where the synthetic image is darker, orange where it is brighter, paper white where equal.
DIFFERENCE_STOPS = ((12, 60, 140), (90, 150, 220), (244, 244, 240), (240, 150, 60), (150, 60, 4))


@dataclass(frozen=True)
class Outline:
    """A rectangle over a picture, in percent of its sides."""

    left: float
    top: float
    width: float
    height: float
    split: str


@dataclass(frozen=True)
class Picture:
    """A picture of the page; `title` is its heading, `note` the line below it."""

    src: str
    width: int
    height: int
    alt: str
    title: str = ""
    note: str = ""
    outlines: tuple[Outline, ...] = field(default=())
    pixelated: bool = False


def field_rgb(image: Image) -> np.ndarray:
    """Return (Y, X, 3) uint8 of an image, all channels in one picture."""
    return colour_composite(to_unit(image), image.channels)


def photo(
    rgb: np.ndarray,
    alt: str,
    *,
    title: str = "",
    note: str = "",
    longest_px: int = FIELD_PX,
    outlines: tuple[Outline, ...] = (),
) -> Picture:
    """Return a display copy of (Y, X, 3) uint8, reduced by area averaging where it is larger."""
    picture = PillowImage.fromarray(rgb)
    if (longest := max(picture.size)) > longest_px:
        size = tuple(max(round(side * longest_px / longest), 1) for side in picture.size)
        picture = picture.resize((size[0], size[1]), PillowImage.Resampling.BOX)
    data = io.BytesIO()
    small = picture.width * picture.height <= LOSSLESS_PIXELS
    picture.save(data, "WEBP", lossless=small, quality=75 if small else WEBP_QUALITY, method=2)
    return Picture(
        _data_uri("image/webp", data),
        *picture.size,
        alt=alt,
        title=title,
        note=note,
        outlines=outlines,
        pixelated=small,
    )


def label_picture(
    label_map: np.ndarray,
    codes: Sequence[Code],
    alt: str,
    *,
    title: str = "",
    note: str = "",
    longest_px: int = FIELD_PX,
    outlines: tuple[Outline, ...] = (),
) -> Picture:
    """Return a label map (Y, X) uint8 in its colours; labels are only ever thinned, not mixed."""
    step = -(-max(label_map.shape) // longest_px)
    picture = PillowImage.fromarray(np.ascontiguousarray(label_map[::step, ::step]))
    picture.putpalette([value for code in codes for value in code.colour])
    data = io.BytesIO()
    picture.save(data, "PNG")
    return Picture(
        _data_uri("image/png", data),
        *picture.size,
        alt=alt,
        title=title,
        note=note,
        outlines=outlines,
        pixelated=picture.width * picture.height <= LOSSLESS_PIXELS,
    )


def difference_rgb(synthetic: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Return (Y, X, 3) uint8: mean over channels of synthetic − real, both (C, Y, X) in [0, 1].

    Full colour at a difference of ±0.5, half the grey range.
    """
    difference = (synthetic - real).mean(axis=0)
    position = np.clip(difference + 0.5, 0, 1) * (len(DIFFERENCE_STOPS) - 1)
    stops = np.array(DIFFERENCE_STOPS, dtype=float)
    places = np.arange(len(stops))
    mixed = [np.interp(position, places, stops[:, channel]) for channel in range(3)]
    return np.rint(np.stack(mixed, axis=-1)).astype(np.uint8)


def outlines_of(
    regions: Iterable[Region], shape: tuple[int, int], splits: Sequence[str]
) -> tuple[Outline, ...]:
    """Return the regions of one image that belong to `splits`, as outlines."""
    height, width = shape
    return tuple(
        Outline(
            left=round(100 * r.col0 / width, 3),
            top=round(100 * r.row0 / height, 3),
            width=round(100 * (r.col1 - r.col0) / width, 3),
            height=round(100 * (r.row1 - r.row0) / height, 3),
            split=r.split,
        )
        for r in regions
        if r.split in splits
    )


def _data_uri(kind: str, data: io.BytesIO) -> str:
    return f"data:{kind};base64,{base64.b64encode(data.getvalue()).decode('ascii')}"
