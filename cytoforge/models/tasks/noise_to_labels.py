"""Label maps of noise: of cells that nobody has seen.

There are no pairs: scores hold a set of drawn maps against the val tiles, without a network from
elsewhere.
"""

from typing import TYPE_CHECKING

from cytoforge.config.task import Task

if TYPE_CHECKING:
    from cytoforge.models.map_sets import MapSets


def maps(sets: "MapSets") -> float:
    """Return `patches` + `fractions` + `neighbours`; 0 would be maps like the real ones."""
    return sets.patches + sets.fractions + sets.neighbours


def patches(sets: "MapSets") -> float:
    """Return how far patches are from real ones at every scale, in their SD."""
    return sets.patches


def fractions(sets: "MapSets") -> float:
    """Return how far class fractions of single maps are from real ones, 0 to 1."""
    return sets.fractions


def neighbours(sets: "MapSets") -> float:
    """Return how far the frequencies of neighbouring classes are from real ones, 0 to 1."""
    return sets.neighbours


TASK = Task(
    name="noise_to_labels",
    summary="noise to label map",
    inputs=(),
    target="labels",
    output="label_map",
    compares="sets",
    scores={
        "maps": maps,
        "patches": patches,
        "fractions": fractions,
        "neighbours": neighbours,
    },
    select_by="maps",
    families=(),
    sheet=("made", "labels"),
)
