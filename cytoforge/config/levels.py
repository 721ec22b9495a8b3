"""Tables of levels: what the values of a label map mean, of 4, 7 or 9 levels or the user's own."""

from collections.abc import Collection
from typing import Literal

from cytoforge.config.base import Name, Section, number

Preset = Literal[4, 7, 9]
_LAYERS: dict[int, tuple[str, ...]] = {
    4: (),
    7: ("dark", "middle", "bright"),
    9: ("darkest", "dark", "middle", "bright", "brightest"),
}


class CustomLevel(Section):
    """One level of a custom table; levels are rendered in order, later ones win."""

    name: Name
    """Name of the level."""
    region: Name
    """Which pixels it takes: `gap`, `background`, `cytoplasm`, `nucleus`, `nucleus_rim`, `cell`,
    `cell_rim`, or the name of other objects of the segmentation, also with `_rim`. The gap is code
    0 and is put before the table unless listed first. Rims belong to the cytoplasm, or to their
    object, where the table has no region for them."""
    layer: int | None = number(None, ge=0, le=253, why="a label map has at most 256 codes")
    """For `cytoplasm`: only cells of this layer (0 is the darkest). Null: all cells."""


def n_layers_of(preset: Preset) -> int:
    """Return the layers into which cells are sorted.

    >>> [n_layers_of(preset) for preset in (4, 7, 9)]
    [0, 3, 5]
    """
    return len(_LAYERS[preset])


def preset_levels(
    preset: Preset, regions: Collection[str] | None = None
) -> tuple[CustomLevel, ...]:
    """Return the table of 4, 7 or 9 levels, those of the wound-healing pipeline.

    regions : those that a segmentation offers; levels of others are left out. Nuclei without
        cells have a level of their rims, which keeps those apart that touch. None: all
    """
    layers = _LAYERS[preset]
    cytoplasm = [
        CustomLevel(name=f"cytoplasm_{name}", region="cytoplasm", layer=layer)
        for layer, name in enumerate(layers)
    ] or [_level("cytoplasm")]
    alone = regions is not None and "cell_rim" not in regions
    rims = ["cell_rim", "nucleus", *(["nucleus_rim"] if layers or alone else [])]
    table = (_level("background"), *cytoplasm, *map(_level, rims))
    return tuple(level for level in table if regions is None or level.region in regions)


def _level(region: str) -> CustomLevel:
    return CustomLevel(name=region, region=region, layer=None)
