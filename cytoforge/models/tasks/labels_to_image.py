"""Images of label maps."""

from typing import TYPE_CHECKING

from cytoforge.config.task import Task

if TYPE_CHECKING:
    from torch import Tensor


def l1(made: "Tensor", wanted: "Tensor") -> float:
    """Return the mean absolute difference of two batches of images in [0, 1]."""
    import torch  # not above: rules read tasks, and a dry run is not to wait for torch

    return float((made - wanted).abs().mean(dtype=torch.float64))


TASK = Task(
    name="labels_to_image",
    summary="label map to image",
    inputs=("labels",),
    target="images",
    output="image",
    scores={"l1": l1},
    pretrained={"lpips": "alexnet"},
    select_by="lpips",
    families=("fields", "diversity"),
    sheet=("labels", "made", "images"),
)
