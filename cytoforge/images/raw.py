"""What a reader of one file format hands over."""

from dataclasses import dataclass

import numpy as np

from cytoforge.errors import UserError

RGB = ("red", "green", "blue")


@dataclass(frozen=True)
class RawImage:
    """Pixels of one plane as the file has them.

    Attributes
    ----------
    pixels : ndarray of shape (C, Y, X), the file's own dtype and values
    channels : name of each channel; a transparency channel is called `alpha`
    pixel_size_um : width and height of a pixel in micrometres, or None when the file does not say
    """

    pixels: np.ndarray
    channels: tuple[str, ...]
    pixel_size_um: tuple[float, float] | None = None


def default_names(count: int, colour: bool) -> tuple[str, ...]:
    """Return names for channels that the file does not name.

    >>> default_names(1, False), default_names(2, False)
    (('grey',), ('c0', 'c1'))
    >>> default_names(4, True)
    ('red', 'green', 'blue', 'alpha')
    """
    if colour and count in (3, 4):
        return (*RGB, "alpha")[:count]
    return ("grey",) if count == 1 else tuple(f"c{index}" for index in range(count))


def check_size(path: str, height: int, width: int, channels: int, max_megapixels: float) -> None:
    """Refuse an image that declares too many pixels, before memory is reserved for it.

    Values of all channels may be four times the limit, so that RGBA counts like grey.

    Raises
    ------
    UserError : more than `max_megapixels` million pixels, or no pixel at all
    """
    declared = f"{width} × {height} pixels, {channels} channel{'s' if channels != 1 else ''}"
    if min(height, width, channels) < 1:
        raise UserError(path, "an image", declared, "export the image again")
    limit = max_megapixels * 1e6
    if height * width > limit or height * width * channels > 4 * limit:
        raise UserError(
            path,
            f"at most {max_megapixels:g} megapixels",
            f"{declared} ({height * width / 1e6:,.0f} megapixels)",
            "crop the image, or raise `images.max_megapixels` if memory allows",
        )


def check_stored(path: str, stored: int, decoded: int) -> None:
    """Refuse pixels that take far more bytes in the file than in memory: a file with a hole.

    Raises
    ------
    UserError : more than a megabyte and twice as many (LZW takes half as many again at worst)
    """
    limit = 1_000_000 + 2 * decoded
    if stored > limit:
        raise UserError(
            path,
            f"at most {limit:,} bytes for pixels of {decoded:,} bytes",
            f"{stored:,} bytes",
            "export the image again",
        )
