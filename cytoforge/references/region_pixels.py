"""Regions of a label map: how the pixels of each are taken from the planes of a segmentation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cytoforge.config.base import nearest
from cytoforge.config.objects import GAP, singular
from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.references.rims import dilate, rims
from cytoforge.segmentation.segmentation import Segmentation


@dataclass(frozen=True)
class Source:
    """What pixels are taken from.

    Attributes
    ----------
    segmentation : named planes, (Y, X)
    config : options of rims
    regions : all regions of the table; an object without a region for its rims keeps them
    """

    segmentation: Segmentation
    config: ReferenceConfig
    regions: frozenset[str]
    _rims: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @cached_property
    def outside_gap(self) -> np.ndarray:
        """Pixels outside the gap, bool (Y, X)."""
        if GAP not in self.segmentation:
            return np.ones(self.segmentation.shape, bool)
        gap = self.segmentation[GAP]
        # An integer gap would turn `~gap` into -1 and -2, both true.
        if gap.dtype != np.bool_:
            raise UserError("segmentation: gap", "a mask of dtype bool", f"dtype {gap.dtype}")
        return ~gap

    @cached_property
    def cell_rim(self) -> np.ndarray:
        """Rims of the cells, widened, inside the gap too."""
        return dilate(self.rim_of("cells"), self.config.rim_dilation_px)

    def rim_of(self, name: str) -> np.ndarray:
        """Rims of the instances of that name, inside the gap too; computed once."""
        if name not in self._rims:
            self._rims[name] = rims(self.segmentation[name], self.config.edge_rims)
        return self._rims[name]


def region_pixels(region: str, source: Source) -> np.ndarray:
    """Return the pixels of a region, bool (Y, X).

    The named rules below, and for objects of any other name: all their pixels, without rims where
    the table has a region for those, and their rims outside the gap.

    Raises
    ------
    UserError : the segmentation has no objects for this region
    """
    if region in REGIONS:
        return REGIONS[region](source)
    for name in source.segmentation.objects:
        if region == singular(name):
            return _interior(name, f"{region}_rim" in source.regions, source)
        if region == f"{singular(name)}_rim" and name in source.segmentation.instances:
            return _rim(name, source)
    there = source.segmentation.objects
    raise UserError(
        where=f"label map, region {region!r}",
        expected=f"a region of the objects {', '.join(there)}",
        found=f"{region!r}{nearest(region, map(singular, there))}",
        fix="correct the table of levels, or choose a segmentation with these objects",
    )


def _cytoplasm(source: Source) -> np.ndarray:
    # Without a code of its own a cell's rim is cytoplasm: else background would part the cells.
    cell = source.segmentation["cells"] != 0
    return cell & ~source.cell_rim if "cell_rim" in source.regions else cell


def _nucleus(source: Source) -> np.ndarray:
    option = source.config.nucleus_rim
    apart = option == "separate" or (option == "auto" and "nucleus_rim" in source.regions)
    return _interior("nuclei", apart, source)


def _nucleus_rim(source: Source) -> np.ndarray:
    if source.config.nucleus_rim == "merged":
        return np.zeros(source.segmentation.shape, bool)
    return _rim("nuclei", source)


def _interior(name: str, without_rim: bool, source: Source) -> np.ndarray:
    inside: np.ndarray = source.segmentation[name] != 0
    return inside & ~source.rim_of(name) if without_rim else inside


def _rim(name: str, source: Source) -> np.ndarray:
    return source.rim_of(name) & source.outside_gap


# Regions whose pixels are more than an object's interior or rim.
REGIONS: dict[str, Callable[[Source], np.ndarray]] = {
    "background": lambda source: source.outside_gap,
    "cytoplasm": _cytoplasm,
    "cell_rim": lambda source: source.cell_rim & source.outside_gap,
    "nucleus": _nucleus,
    "nucleus_rim": _nucleus_rim,
}
