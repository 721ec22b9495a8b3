"""Colours of label maps: told apart in lightness or along blue–orange, the axis that the common
forms of colour blindness leave intact."""

from collections.abc import Sequence

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
# Dark brown to pale amber: lightness rises with the layer, as the cells' own grey does.
CYTOPLASM_RAMP: tuple[RGB, ...] = ((104, 44, 12), (196, 104, 28), (250, 200, 92))


def level_colours(levels: Sequence[tuple[str, int | None]]) -> list[RGB]:
    """Return one colour a (region, layer); cytoplasm levels share out the ramp, darkest first."""
    ranks = sorted(
        -1 if layer is None else layer for region, layer in levels if region == CYTOPLASM
    )
    return [
        _ramp(ranks.index(-1 if layer is None else layer), len(ranks))
        if region == CYTOPLASM
        else REGION_COLOURS[region]
        for region, layer in levels
    ]


def _ramp(rank: int, count: int) -> RGB:
    position = rank / (count - 1) if count > 1 else 0.5
    stops = np.linspace(0, 1, len(CYTOPLASM_RAMP))
    red, green, blue = (
        round(float(np.interp(position, stops, channel)))
        for channel in zip(*CYTOPLASM_RAMP, strict=True)
    )
    return red, green, blue
