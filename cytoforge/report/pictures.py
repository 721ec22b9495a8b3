"""Pictures inside the page: display copies as data URIs, and outlines drawn over them."""

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image as PillowImage

from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.picture import colour_composite
from cytoforge.references.codes import Code
from cytoforge.split.region import Region

THUMBNAIL_PX = 420
# A 1006 × 1000 px field has 554 kB as lossless WebP and 78 kB at quality 90, which no eye tells
# apart on a screen; small pictures stay lossless, for their pixels are looked at one by one.
LOSSLESS_PIXELS = 256 * 256
WEBP_QUALITIES = (90, 75, 60)
# Camera noise makes a field of 0.5 MB at quality 90: such a one takes the next quality.
MOST_BYTES = 200_000
STRIP_ROWS = 1024

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
    rgb = np.empty((*image.shape, 3), np.uint8)
    for row in range(0, image.shape[0], STRIP_ROWS):  # a strip's floats take 80 bytes per pixel
        strip = image.crop(slice(row, row + STRIP_ROWS))
        rgb[row : row + STRIP_ROWS] = colour_composite(to_unit(strip), image.channels)
    return rgb


def photo(
    rgb: np.ndarray,
    alt: str,
    *,
    title: str = "",
    note: str = "",
    longest_px: int | None = None,
    outlines: tuple[Outline, ...] = (),
) -> Picture:
    """Return a display copy of (Y, X, 3) uint8, reduced by area averaging where it is larger."""
    picture = _fitted(PillowImage.fromarray(rgb), longest_px, PillowImage.Resampling.BOX)
    small = picture.width * picture.height <= LOSSLESS_PIXELS
    data = _webp(picture, lossless=True) if small else _light_webp(picture)
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
    longest_px: int | None = None,
    outlines: tuple[Outline, ...] = (),
) -> Picture:
    """Return a label map (Y, X) uint8 in its colours; labels are only ever thinned, not mixed."""
    picture = PillowImage.fromarray(label_map)
    picture.putpalette([value for code in codes for value in code.colour])
    picture = _fitted(picture, longest_px, PillowImage.Resampling.NEAREST)
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


def _fitted(
    picture: PillowImage.Image, longest_px: int | None, method: PillowImage.Resampling
) -> PillowImage.Image:
    longest = max(picture.size)
    if longest_px is None or longest <= longest_px:
        return picture
    width, height = (max(round(side * longest_px / longest), 1) for side in picture.size)
    return picture.resize((width, height), method)


def _light_webp(picture: PillowImage.Image) -> io.BytesIO:
    data = io.BytesIO()
    for quality in WEBP_QUALITIES:
        data = _webp(picture, lossless=False, quality=quality)
        if data.getbuffer().nbytes <= MOST_BYTES:
            break
    return data


def _webp(picture: PillowImage.Image, lossless: bool, quality: int = 75) -> io.BytesIO:
    data = io.BytesIO()
    picture.save(data, "WEBP", lossless=lossless, quality=quality, method=2)
    return data


def _data_uri(kind: str, data: io.BytesIO) -> str:
    return f"data:{kind};base64,{base64.b64encode(data.getvalue()).decode('ascii')}"
