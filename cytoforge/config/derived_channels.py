"""Channels that are computed from an image's own, by name, for segmentation only.

Nothing stores them and no generator makes them: they let a method that looks for bright nuclei see
an image in which nuclei are dark, or stained.
"""

from collections.abc import Sequence

RGB = ("red", "green", "blue")
STAINS = ("haematoxylin", "eosin", "dab")
"""By colour deconvolution of red, green and blue (Ruifrok and Johnston 2001)."""
INVERTED = "inverted"
"""Of the only or first channel; `inverted_<channel>` of another."""
MAXIMUM = "maximum"
"""The brightest channel at each pixel, each scaled to its own range."""
LUMINANCE = "grey"
"""Of red, green and blue."""


def derived_channels(channels: Sequence[str]) -> tuple[str, ...]:
    """Return the names that can be derived; one that the image has itself is its own channel.

    >>> derived_channels(["red", "green", "blue"])[:4]
    ('haematoxylin', 'eosin', 'dab', 'grey')
    >>> derived_channels(["dna", "actin"])
    ('maximum', 'inverted', 'inverted_dna', 'inverted_actin')
    """
    coloured = set(RGB) <= set(channels)
    several = len(channels) > 1
    names = [
        *((*STAINS, LUMINANCE) if coloured else ()),
        *((MAXIMUM,) if several else ()),
        INVERTED,
        *(f"{INVERTED}_{name}" for name in channels if several),
    ]
    return tuple(name for name in names if name not in channels)


def inverted_of(name: str, channels: Sequence[str]) -> str | None:
    """Return the channel whose inverse a name asks for, or None where it asks for something else.

    >>> inverted_of("inverted_red", ["red", "green", "blue"]), inverted_of("dab", ["red"])
    ('red', None)
    """
    if name == INVERTED:
        return channels[0]
    other = name.removeprefix(f"{INVERTED}_")
    return other if other != name and other in channels else None
