"""What is written into a new config for each kind of image: the one table of such guesses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cytoforge.images.raw import RGB
from cytoforge.new.modality import FLUORESCENCE, HE, IHC, PHASE


@dataclass(frozen=True)
class Start:
    """Settings to begin with.

    segmentation : of the block `segmentations.cells`, without channels that depend on the files
    by_stain : whether a channel derived from red, green and blue is taken, and not one of the file
    nuclei_only : whether the label map has levels of nuclei alone: nobody sees the cells' borders
    why : comment above the settings
    """

    segmentation: dict[str, object]
    by_stain: bool
    nuclei_only: bool
    why: str


_STAINED = "nuclei are blue of haematoxylin, so they are looked for in that stain's channel"
STARTS = {
    FLUORESCENCE: Start(
        {"method": "watershed"}, False, False, "nuclei are bright in their channel"
    ),
    PHASE: Start(
        {"method": "watershed", "polarity": "auto"},
        False,
        False,
        "cells are not stained: look well whether nuclei or cells are found at all; cells drawn by"
        " you or another program are read by `method: labels`",
    ),
    HE: Start({"method": "watershed", "nuclei_channel": "haematoxylin"}, True, True, _STAINED),
    IHC: Start({"method": "watershed", "nuclei_channel": "haematoxylin"}, True, True, _STAINED),
}

# By the names that microscopes and people give them; in colour the eye's: DNA blue, cells green.
_NUCLEI = re.compile(r"dna|dapi|hoechst|draq|h2b|nuc|^(d|d0|c0|ch0)$", re.I)
_CELLS = re.compile(r"actin|phalloidin|cyto|cell|membrane|tubulin|^f$", re.I)


def channels_of_cells(channels: Sequence[str]) -> tuple[str, str]:
    """Return the channel of nuclei and that of whole cells: by name, else the first and the last.

    >>> channels_of_cells(["actin", "dapi"]), channels_of_cells(["D", "F", "R"])
    (('dapi', 'actin'), ('D', 'F'))
    >>> channels_of_cells(["red", "green", "blue"]), channels_of_cells(["ch1", "ch2"])
    (('blue', 'green'), ('ch1', 'ch2'))
    """
    if tuple(channels) == RGB:
        return "blue", "green"
    nuclei = next((name for name in channels if _NUCLEI.search(name)), channels[0])
    others = [name for name in channels if name != nuclei] or [nuclei]
    return nuclei, next((name for name in others if _CELLS.search(name)), others[-1])
