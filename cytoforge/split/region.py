"""A rectangle of an image that belongs to one split."""

from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
GUARD = "guard"
"""Instead of a split, of a slice between the blocks of a divided volume."""


def split_named(text: str) -> Split:
    """Return the split of this name; ValueError for any other text.

    >>> split_named("val")
    'val'
    """
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
        """Return whether a box with this top-left corner and size lies wholly inside.

        >>> Region("a", "train", 0, 0, 64, 64, group="a").contains(32, 0, height=32, width=64)
        True
        """
        return (
            self.row0 <= row
            and self.col0 <= col
            and row + height <= self.row1
            and col + width <= self.col1
        )
