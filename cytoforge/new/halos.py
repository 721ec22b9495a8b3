"""Whether cells in phase contrast are dark in bright halos, as the shipped network knows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cytoforge.images.planes import row_planes
from cytoforge.images.read import read_raw
from cytoforge.images.whole_file import MAX_MEGAPIXELS, without_false_colour
from cytoforge.segmentation.checks.halo import LEAST, surroundings

if TYPE_CHECKING:
    from cytoforge.segmentation.learned.network_file import TrainedNetwork

# Of each image the part with most structure, which a wound has not, in px as the network sees it.
_SIDE_PX = 384
_MOST_IMAGES = 2


@dataclass(frozen=True)
class Halos:
    """How much brighter it is beside what the network finds than on the ground, in standard
    deviations: of the images as they are, and inverted."""

    plain: float
    inverted: float

    @property
    def are_dark(self) -> bool:
        """Whether cells lie in bright halos, as the network knows them, when inverted."""
        return self.inverted > max(self.plain, LEAST)


def halos_of(files: Sequence[Path]) -> Halos | None:
    """Return the halos in the last channel of some images; None where there are none to compare."""
    # Torch takes a second that folders of other images need not wait.
    from cytoforge.segmentation.learned.network_file import load_network
    from cytoforge.segmentation.nucleus_size import liveliest_window

    trained = load_network("phase", "network")
    found = []
    for path in _some(files):
        window = liveliest_window(_plane(path), round(_SIDE_PX / trained.scale))
        window = window.astype(np.float32)
        plain, inverted = (_halo(shown, trained) for shown in (window, -window))
        if plain is not None or inverted is not None:
            found.append((plain or 0.0, inverted or 0.0))  # none found: no halo
    if not found:
        return None
    return Halos(*(float(np.mean(each)) for each in zip(*found, strict=True)))


def _some(files: Sequence[Path]) -> list[Path]:
    indices = np.linspace(0, len(files) - 1, min(len(files), _MOST_IMAGES)).round()
    return [files[int(index)] for index in indices]


def _plane(path: Path) -> np.ndarray:
    """Return the last channel of an image, of the middle plane of a stack."""
    planes = row_planes("all", str(path), [])
    plane = planes[len(planes) // 2] if planes else {}
    raw = without_false_colour(read_raw(str(path), plane=plane, max_megapixels=MAX_MEGAPIXELS))
    last: np.ndarray = raw.pixels[-1]
    return last


def _halo(window: np.ndarray, trained: "TrainedNetwork") -> float | None:
    """Return the halo of what a network finds in float32 (Y, X); None where it finds nothing."""
    import torch

    from cytoforge.segmentation.learned.maps import instances_of
    from cytoforge.segmentation.learned.predict import predict_maps, seen_by

    seen = seen_by(window[None], trained, trained.scale)
    maps = predict_maps(torch.from_numpy(seen), trained.network)
    return surroundings(seen[0], instances_of(*maps, trained.decoding) > 0).halo
