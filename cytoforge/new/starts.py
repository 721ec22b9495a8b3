"""What is written into a new config for each kind of image: the one table of such guesses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cytoforge.images.modality import FLUORESCENCE, HE, IHC, PHASE
from cytoforge.images.raw import RGB


@dataclass(frozen=True)
class Start:
    """Settings to begin with.

    segmentation : of the block `segmentations.cells`; channels of cells and nuclei are added where
        `names_channels` says that the method reads them by name
    regions : what the levels of the label map are, in their order; () where the number of channels
        decides between 4 and 7 levels
    layers : of the cytoplasm among them, by grey value
    why : comment above the settings
    """

    segmentation: dict[str, object]
    why: str
    names_channels: bool = False
    regions: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


_STAINED = Start(
    {"method": "stain"},
    "nuclei are blue of haematoxylin; set nucleus_diameter_px where they are far from 20 px",
    regions=("background", "nucleus", "nucleus_rim"),
)
STARTS = {
    FLUORESCENCE: Start(
        {"method": "watershed"},
        "nuclei are bright; set nucleus_diameter_px and cell_diameter_px",
        names_channels=True,
    ),
    PHASE: Start(
        {"method": "phase"},
        "cells are not stained; measure one and set cell_diameter_px",
        regions=("background", "cytoplasm", "cell_rim"),
        layers=("dark", "middle", "bright"),
    ),
    HE: _STAINED,
    IHC: replace(_STAINED, why=f"{_STAINED.why}; `dab: removed` if brown lies beside nuclei"),
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
