"""What no image may exceed, checked before memory is reserved; imports nothing heavy."""

from cytoforge.errors import UserError

# More planes than any stack has: a typing error, not a microscope.
MAX_PLANES = 100_000


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


def check_single_plane(path: str, plane: dict[str, int]) -> None:
    """Refuse a plane beyond the first of a format that has no stacks.

    Raises
    ------
    UserError : the table asks for any plane but number 1
    """
    if any(number > 1 for number in plane.values()):
        raise UserError(path, f"plane {plane}", "a single plane", "empty column `planes`")
