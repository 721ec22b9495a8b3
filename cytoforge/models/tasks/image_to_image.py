"""Images of another domain: a stain, a modality, a scanner.

Domains need no pairs: scores hold sets against sets, and what was made against what it was made of.
"""

from typing import TYPE_CHECKING

from cytoforge.config.task import FRECHET_SCORES, AskedScore, Task

if TYPE_CHECKING:
    from cytoforge.models.set_scores import Ways


def translation(ways: "Ways") -> float:
    """Return `distance` + `structure`, the mean of both ways where there are two: 0 would be images
    like the other domain's with the structure of their own."""
    there = ways.distance + ways.structure
    return there if ways.back is None else (there + ways.back.distance + ways.back.structure) / 2


def distance(ways: "Ways") -> float:
    """Return how far what was made is from real images of its domain, in their SD."""
    return ways.distance


def structure(ways: "Ways") -> float:
    """Return how little of the edges, or haematoxylin, of what it was made of is in what was made,
    0 to 2 (`structure` of the config)."""
    return ways.structure


def distance_back(ways: "Ways") -> float | None:
    """Return `distance` of the way back, where there is one."""
    return None if ways.back is None else ways.back.distance


def structure_back(ways: "Ways") -> float | None:
    """Return `structure` of the way back, where there is one."""
    return None if ways.back is None else ways.back.structure


def cycle(ways: "Ways") -> float | None:
    """Return the mean absolute difference of images and their way there and back, of the domain
    that is translated; None where there is no way back."""
    if ways.returned is None:
        return None
    return float((ways.returned - ways.source).abs().double().mean())


TASK = Task(
    name="image_to_image",
    summary="image to image of another domain",
    inputs=("images_a",),
    target="images_b",
    output="image",
    compares="sets",
    scores={
        "translation": translation,
        "distance": distance,
        "structure": structure,
        "distance_back": distance_back,
        "structure_back": structure_back,
        "cycle": cycle,
    },
    asked={"kernel": AskedScore(network="vgg16", of_sets=True), **FRECHET_SCORES},
    select_by="translation",
    families=(),
    sheet=("images_a", "made", "images_b", "back"),
)
