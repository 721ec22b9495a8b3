"""Label maps of images."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cytoforge.config.task import Task
from cytoforge.models.tasks.labels_to_image import l1

if TYPE_CHECKING:
    from torch import Tensor

USAGE = """\
from cytoforge.images.ome import read_image
from cytoforge.synthesis.trained import load_trained

model = load_trained("{folder}")  # this folder
label_map = model.field(read_image("results/images/….ome.tif"))  # uint8 (H, W)
"""


def error(made: "Tensor", wanted: "Tensor") -> float:
    """Return the fraction of pixels that are given another class, of scores (N, K, H, W)."""
    return float((made.argmax(1) != wanted.argmax(1)).double().mean())


def limits(model: Mapping[str, Any]) -> list[str]:
    """Return what a user of the network must know."""
    return [
        "It has seen only the images named above, and learnt from label maps that a program"
        " made: where that was wrong, so is this.",
        "It names pixels, not cells: touching cells are separated by their rims alone.",
    ]


TASK = Task(
    name="image_to_labels",
    summary="image to label map",
    inputs=("images",),
    target="labels",
    output="label_map",
    scores={"l1": l1, "error": error},
    select_by="l1",
    families=("agreement",),
    sheet=("images", "made", "labels"),
    usage=USAGE,
    limits=limits,
)
