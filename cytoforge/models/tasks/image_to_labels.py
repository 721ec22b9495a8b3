"""Label maps of images."""

from typing import TYPE_CHECKING

from cytoforge.config.task import Task
from cytoforge.models.tasks.labels_to_image import l1

if TYPE_CHECKING:
    from torch import Tensor


def error(made: "Tensor", wanted: "Tensor") -> float:
    """Return the fraction of pixels that are given another class, of scores (N, K, H, W)."""
    return float((made.argmax(1) != wanted.argmax(1)).double().mean())


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
)
