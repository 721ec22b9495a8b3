"""A rectangle of an image that belongs to one split."""

from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")


def split_named(text: str) -> Split:
    """Return the split of this name; ValueError for any other text."""
    for split in SPLITS:
        if text == split:
            return split
    raise ValueError(f"{text!r} is none of {', '.join(SPLITS)}")


@dataclass(frozen=True)
class Region:
    """Rows [row0, row1) and columns [col0, col1) of `image`, in pixels.

    `group` is what may not be shared between splits: the image's own name, that of the stack it is
    a plane of, or the value of the column named by `split.by`.
    """

    image: str
    split: Split
    row0: int
    col0: int
    row1: int
    col1: int
    group: str

    def contains(self, row: int, col: int, height: int, width: int) -> bool:
        """Does a box with this top-left corner and size lie wholly inside?"""
        return (
            self.row0 <= row
            and self.col0 <= col
            and row + height <= self.row1
            and col + width <= self.col1
        )
