"""How many objects a segmentation holds, how large they are and how much they cover."""

from dataclasses import dataclass

import numpy as np

from cytoforge.segmentation.identity import label_areas
from cytoforge.segmentation.segmentation import Segmentation


@dataclass(frozen=True)
class Tally:
    """Of the objects of one name in one image.

    count : number of instances; None for a mask
    median_px : median diameter of disks with the instances' areas; None where there are none
    cover : fraction of the image's pixels, in [0, 1]
    """

    name: str
    count: int | None
    median_px: float | None
    cover: float

    def in_words(self, pixel_size_um: float | None = None) -> str:
        """Return it as a person would say it.

        >>> Tally("nuclei", 41, 18.4, 0.12).in_words(0.5)
        '41 nuclei, median 18 px (9.2 µm), 12 % of the image'
        >>> Tally("gap", None, None, 0.305).in_words()
        'gap: 30 % of the image'
        """
        cover = f"{100 * self.cover:.0f} % of the image"
        if self.count is None:
            return f"{self.name}: {cover}"
        size = ""
        if self.median_px is not None:
            in_um = f" ({self.median_px * pixel_size_um:.1f} µm)" if pixel_size_um else ""
            size = f", median {self.median_px:.0f} px{in_um}"
        return f"{self.count} {self.name}{size}, {cover}"


def tallies(segmentation: Segmentation) -> list[Tally]:
    """Return a tally for each plane, in the segmentation's order."""
    return [_tally(name, segmentation[name]) for name in segmentation.objects]


def found_in_words(segmentation: Segmentation, pixel_size_um: float | None = None) -> str:
    """Return what was found in one sentence, for beside the overlay."""
    return "; ".join(tally.in_words(pixel_size_um) for tally in tallies(segmentation))


def _tally(name: str, array: np.ndarray) -> Tally:
    if array.dtype == np.bool_:
        return Tally(name, None, None, float(array.mean()))
    areas = label_areas(array)[1:]
    areas = areas[areas > 0]
    median = float(np.median(np.sqrt(4 * areas / np.pi))) if len(areas) else None
    return Tally(name, len(areas), median, float(areas.sum() / array.size))
