"""What is written into a new config for each kind of image: the one table of such guesses."""

from dataclasses import dataclass

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
