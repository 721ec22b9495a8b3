"""Colours of label maps: they differ in lightness or along blue–orange, the axis that the common
forms of colour blindness leave intact."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np

RGB = tuple[int, int, int]
CYTOPLASM = "cytoplasm"

REGION_COLOURS: dict[str, RGB] = {
    "gap": (8, 8, 12),
    "background": (52, 56, 66),
    "cell_rim": (246, 244, 236),
    "nucleus": (38, 92, 190),
    "nucleus_rim": (136, 190, 246),
}
# Of other regions, in the order of the table; rims are half way to white.
FURTHER_COLOURS: tuple[RGB, ...] = (
    (214, 73, 120),
    (64, 160, 112),
    (150, 110, 210),
    (228, 148, 186),
    (28, 108, 116),
    (176, 204, 96),
)
# Dark brown to pale amber: lightness rises with the layer, as the cells' own grey does.
CYTOPLASM_RAMP: tuple[RGB, ...] = ((104, 44, 12), (196, 104, 28), (250, 200, 92))


def level_colours(levels: Sequence[tuple[str, int | None]]) -> list[RGB]:
    """Return one colour per (region, layer); cytoplasm levels divide the ramp, darkest first."""
    colours = _region_colours([region for region, _ in levels])
    ranks = sorted(
        -1 if layer is None else layer for region, layer in levels if region == CYTOPLASM
    )
    return [
        _ramp(ranks.index(-1 if layer is None else layer), len(ranks))
        if region == CYTOPLASM
        else colours[region]
        for region, layer in levels
    ]


def _region_colours(regions: Sequence[str]) -> dict[str, RGB]:
    """Return one colour per region; a rim that the table of colours lacks follows its object's."""
    own = dict.fromkeys(r.removesuffix("_rim") for r in regions if r not in REGION_COLOURS)
    further = dict(zip(own, cycle(FURTHER_COLOURS), strict=False))
    lighter = {f"{name}_rim": _lighter(colour) for name, colour in further.items()}
    return {**further, **lighter, **REGION_COLOURS}


def _lighter(colour: RGB) -> RGB:
    red, green, blue = ((value + 255) // 2 for value in colour)
    return red, green, blue


def _ramp(rank: int, count: int) -> RGB:
    position = rank / (count - 1) if count > 1 else 0.5
    stops = np.linspace(0, 1, len(CYTOPLASM_RAMP))
    red, green, blue = (
        round(float(np.interp(position, stops, channel)))
        for channel in zip(*CYTOPLASM_RAMP, strict=True)
    )
    return red, green, blue
