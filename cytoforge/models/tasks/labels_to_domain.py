"""Images of a domain that has no label maps, made of the label maps of another one.

There are no pairs: scores hold the set that was made against the val images of the domain, and what
was made against the classes that it was made of.
"""

from typing import TYPE_CHECKING

from cytoforge.config.task import FRECHET_SCORES, UNPAIRED_TASK, AskedScore, Task

if TYPE_CHECKING:
    from cytoforge.models.unpaired_images import ImagesOfMaps


def likeness(sets: "ImagesOfMaps") -> float:
    """Return `distance` + `structure`: of images that are like the domain's and follow their
    classes it is low."""
    return sets.distance + sets.structure


def distance(sets: "ImagesOfMaps") -> float:
    """Return how far what was made is from real images of the domain, in their SD."""
    return sets.distance


def structure(sets: "ImagesOfMaps") -> float:
    """Return how little the classes say of what was made of them, 0 to 1."""
    return sets.structure


TASK = Task(
    name=UNPAIRED_TASK,
    summary="label map to image of another domain",
    inputs=("labels",),
    target="images",
    output="image",
    compares="sets",
    scores={"likeness": likeness, "distance": distance, "structure": structure},
    asked={"kernel": AskedScore(network="vgg16", of_sets=True), **FRECHET_SCORES},
    select_by="likeness",
    families=(),
    sheet=("labels", "made", "images"),
)
