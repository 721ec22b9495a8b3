"""Images of label maps."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cytoforge.config.task import Task

if TYPE_CHECKING:
    from torch import Tensor

USAGE = """\
from cytoforge.synthesis.trained import load_trained

model = load_trained("{folder}")  # this folder
image = model.field(label_map)  # uint8 (H, W) to float32 (channels, H, W) in 0 to 1
"""


def l1(made: "Tensor", wanted: "Tensor") -> float:
    """Return the mean absolute difference of two batches of images in [0, 1]."""
    import torch  # not above: rules read tasks, and a dry run is not to wait for torch

    return float((made - wanted).abs().mean(dtype=torch.float64))


def limits(model: Mapping[str, Any]) -> list[str]:
    """Return what a user of the generator must know."""
    found = [
        "It has seen only the images named above: other cells, stains, microscopes or"
        " magnifications are outside what it can draw.",
        "Label maps must have the codes named above"
        + (f" at {model['pixel_size_um']:g} µm per pixel." if model["pixel_size_um"] else "."),
        "Synthetic images are for training and testing of software, not for measuring biology.",
    ]
    if not model["condition"]["draws"]:
        found.append("One label map gives one image; what varies in nature at equal labels, not.")
    if model["training"]["minutes"]:
        found.append("Its length was a time: training it again gives other weights.")
    return found


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
    usage=USAGE,
    limits=limits,
)
