"""What a source of label maps is: it learns from training fields, then draws fields by seed.

A source is a folder of `cytoforge/map_sources/sources`, found by its name, that holds

- `config.py`: `CONFIG`, its settings (`sets.<name>.source`), a `Section`; imports nothing heavy;
- `learn.py`: `learn`, see `LearnsMaps`;
- `draw.py`: `draw`, see `DrawsMaps`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np

from cytoforge.config.base import Section
from cytoforge.config.segmentation import GapConfig
from cytoforge.jobs.by_name import load
from cytoforge.map_sources.learned_file import Learned
from cytoforge.references.codes import Code
from cytoforge.segmentation.segmentation import Segmentation


@dataclass(frozen=True)
class TrainingField:
    """A training region of a real image.

    Attributes
    ----------
    image : name of the image
    segmentation : planes (Y, X) of the region alone; what its edge cuts lies at the edge
    label_map : uint8 (Y, X), codes of the reference
    pixel_size_um : None where it is not known
    """

    image: str
    segmentation: Segmentation
    label_map: np.ndarray
    pixel_size_um: float | None


@dataclass(frozen=True)
class DrawRequest:
    """One field to draw.

    Attributes
    ----------
    seed : its number among those of the set
    shape : height and width in px
    codes : the code table of the maps
    gap : rule by which the reference's segmentation finds the gap; None where it has no gap, or
        one that no rule makes of cells
    """

    seed: int
    shape: tuple[int, int]
    codes: Sequence[Code]
    gap: GapConfig | None


@dataclass(frozen=True)
class Drawing:
    """A field that was drawn.

    Attributes
    ----------
    segmentation : exact objects: the planes that the real segmentations have
    layers : layer of each cell by its id, uint8 (highest id + 1,), 0 the darkest; None where the
        reference has no layers
    label_map : uint8 (Y, X) of the user's own classes; None where it is rendered of the objects
    dropped : objects that cleaning took away
    """

    segmentation: Segmentation
    layers: np.ndarray | None = None
    label_map: np.ndarray | None = None
    dropped: int = 0


class LearnsMaps(Protocol):
    """What a module `cytoforge.map_sources.sources.<source>.learn` offers."""

    def learn(self, fields: Sequence[TrainingField], codes: Sequence[Code], seed: int) -> Learned:
        """Return all that drawing needs; UserError where the fields do not hold enough."""
        ...


class DrawsMaps(Protocol):
    """What a module `cytoforge.map_sources.sources.<source>.draw` offers."""

    def draw(
        self,
        learned: Learned,
        request: DrawRequest,
        config: Any,
        random: np.random.Generator,
    ) -> Drawing:
        """Return one field; the same random numbers give the same field."""
        ...


def learn_maps(
    source: str, fields: Sequence[TrainingField], codes: Sequence[Code], seed: int
) -> Learned:
    """Return what a source learns of training fields."""
    return cast(LearnsMaps, load("map_sources", source, "learn")).learn(fields, codes, seed)


def draw_map(
    source: str,
    learned: Learned,
    request: DrawRequest,
    config: Section,
    random: np.random.Generator,
) -> Drawing:
    """Return a field that a source draws."""
    return cast(DrawsMaps, load("map_sources", source, "draw")).draw(
        learned, request, config, random
    )
