"""Label slices on both sides of a slice of a volume: what a generator of 2.5 dimensions sees.

They are taken from the label volume itself and not from the images of a run, so they lie at the
volume's own distance: of every second slice, and beside the guards between blocks, too. Labels
alone are read; whatever split the image of a neighbour belongs to, its grey values stay there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.volume_grid import VolumeGrid, grid_of, slice_view
from cytoforge.jobs.by_name import load
from cytoforge.references.own.classes import MapClass
from cytoforge.references.own.map_values import codes_of_numbers, value_table


@dataclass(frozen=True)
class SlicePlace:
    """Where a label map lies: its label volume, the body axis, and its number from 1."""

    file: str
    axis: str
    number: int


class NeighbourSlices:
    """Reads the neighbours of slices. The volume read last stays in memory.

    Parameters
    ----------
    classes : of the label volumes
    each_side : how many slices below, and as many above
    places : of label maps, by name
    """

    def __init__(
        self,
        classes: Sequence[MapClass],
        each_side: int,
        places: Mapping[str, SlicePlace],
    ) -> None:
        self._numbers = value_table(classes).numbers
        self._steps = [step for step in range(-each_side, each_side + 1) if step]
        self.places = places
        self._open: tuple[str, np.ndarray, VolumeGrid] | None = None

    def of(self, name: str) -> np.ndarray:
        """Return the codes around a label map by its name, see `around`."""
        if name not in self.places:
            raise UserError(
                f"label map {name}", "a slice of a label volume, whose neighbours the model sees",
                "a map of its own", "give label volumes, or a data set without `neighbours`",
            )  # fmt: skip
        return self.around(self.places[name])

    def around(self, place: SlicePlace) -> np.ndarray:
        """Return the codes of the slices around one, uint8 (2n, Y, X): from n below to 1 below,
        then from 1 above to n above. Beyond an end of the volume its last slice is repeated."""
        volume, grid = self._volume(place.file)
        last = grid.count(place.axis)
        numbers = [min(max(place.number + step, 1), last) for step in self._steps]
        planes = [slice_view(volume, grid, place.axis, number) for number in numbers]
        return np.stack([codes_of_numbers(plane, self._numbers, place.file) for plane in planes])

    def _volume(self, file: str) -> tuple[np.ndarray, VolumeGrid]:
        # A packed volume is read from its beginning for every slice of it.
        if self._open is None or self._open[0] != file:
            grid = grid_of(file)
            found = np.asarray(load("formats", "nifti").voxels(file))
            self._open = file, found.reshape(grid.shape), grid
        return self._open[1:]
