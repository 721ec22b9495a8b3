"""The canonical image: channels by name, original values, and how to scale them to 0–1."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cytoforge.errors import UserError


@dataclass(frozen=True)
class ChannelRange:
    """Grey values that normalisation maps to 0 and 1; `method` says how they were found."""

    low: float
    high: float
    method: str = "none"


@dataclass(frozen=True)
class Image:
    """One field of view.

    Attributes
    ----------
    name : plain file-name-safe name
    pixels : ndarray of shape (C, Y, X) and the raw file's dtype (uint8, uint16 or float32)
    channels : name of each channel
    ranges : normalisation of each channel; the pixels themselves are never rescaled
    pixel_size_um : side of a pixel in micrometres, or None when unknown
    shading : what was taken away of uneven light, for the provenance; "" for the camera's pixels
    """

    name: str
    pixels: np.ndarray
    channels: tuple[str, ...]
    ranges: tuple[ChannelRange, ...]
    pixel_size_um: float | None = None
    shading: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[1], self.pixels.shape[2]

    def channel(self, name: str) -> np.ndarray:
        """Return one channel, (Y, X), with its original values."""
        return self.pixels[self.channels.index(name)]

    def crop(self, rows: slice, cols: slice = slice(None)) -> "Image":
        """Return a rectangle of it: a view, with the ranges of the whole."""
        return replace(self, pixels=self.pixels[:, rows, cols])

    def only(self, name: str) -> "Image":
        """Return it with that channel alone: a view."""
        index = self.channels.index(name)
        return replace(
            self,
            pixels=self.pixels[index : index + 1],
            channels=(name,),
            ranges=(self.ranges[index],),
        )

    def with_channels(self, names: Sequence[str] | None) -> "Image":
        """Return it with these of its channels, in this order; None, or all of them: itself.

        Raises UserError where it has one of them not.
        """
        if names is None or tuple(names) == self.channels:
            return self
        missing = [name for name in names if name not in self.channels]
        if missing:
            raise UserError(
                where=f"image {self.name}",
                expected=f"channels {', '.join(names)}",
                found=f"no {', '.join(missing)} (there: {', '.join(self.channels)})",
                fix="name these in `images.channels`, or use what needs no others",
            )
        indices = [self.channels.index(name) for name in names]
        return replace(
            self,
            pixels=self.pixels[indices],
            channels=tuple(names),
            ranges=tuple(self.ranges[index] for index in indices),
        )
