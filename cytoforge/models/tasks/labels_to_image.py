"""Images of label maps.

Scores of images compare them with the real ones, in [0, 1]: their data range is 1. Those of single
images are means over all of them, whatever batches they come in.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cytoforge.config.task import FRECHET_SCORES, AskedScore, Task

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 8  # images compared at once; bounds the memory
WINDOW_PX = 7


def l1(made: "Tensor", wanted: "Tensor") -> float:
    """Return the mean absolute difference of two batches of images in [0, 1]."""
    import torch  # not above: rules read tasks, and a dry run is not to wait for torch

    return float((made - wanted).abs().mean(dtype=torch.float64))


def rmse(made: "Tensor", wanted: "Tensor") -> float:
    """Return the root of the mean squared difference of each image, the mean over images."""
    return _over_images(made, wanted, lambda one, other: _mean_square(one - other).sqrt())


def psnr(made: "Tensor", wanted: "Tensor") -> float:
    """Return −10 log10 of the mean squared difference of each image in dB, the mean over images;
    of one that equals the real one 100 dB."""
    return _over_images(
        made, wanted, lambda one, other: -10 * _mean_square(one - other).clamp(min=1e-10).log10()
    )


def ssim(made: "Tensor", wanted: "Tensor") -> float:
    """Return the structural similarity of each image, the mean over channels and images.

    Wang et al. 2004 with a uniform window of 7 px, sample covariances, K1 0.01 and K2 0.03: the
    default of scikit-image, which `metrics` computes too.
    """
    return _over_images(made, wanted, _similarity)


def _mean_square(difference: "Tensor") -> "Tensor":
    return difference.square().mean((1, 2, 3))


def _similarity(one: "Tensor", other: "Tensor") -> "Tensor":
    import torch.nn.functional as F  # not above: rules read tasks

    def mean(plane: "Tensor") -> "Tensor":
        return F.avg_pool2d(plane, WINDOW_PX, stride=1)  # (B, C, H - 6, W - 6)

    sample = WINDOW_PX**2 / (WINDOW_PX**2 - 1)
    a, b = mean(one), mean(other)
    var_a, var_b = (sample * (mean(x * x) - m * m) for x, m in ((one, a), (other, b)))
    covariance = sample * (mean(one * other) - a * b)
    luminance = (2 * a * b + 0.01**2) / (a * a + b * b + 0.01**2)
    structure = (2 * covariance + 0.03**2) / (var_a + var_b + 0.03**2)
    return (luminance * structure).mean((1, 2, 3))


def _over_images(
    made: "Tensor", wanted: "Tensor", measure: Callable[["Tensor", "Tensor"], "Tensor"]
) -> float:
    """Return the mean over images of what a measure gives for each, in float64."""
    pairs = zip(made.split(BATCH), wanted.split(BATCH), strict=True)
    total = sum(float(measure(one.double(), other.double()).sum()) for one, other in pairs)
    return total / len(made)


TASK = Task(
    name="labels_to_image",
    summary="label map to image",
    inputs=("labels",),
    target="images",
    output="image",
    scores={"l1": l1},
    pretrained={"lpips": "alexnet"},
    asked={
        **FRECHET_SCORES,
        # The RMSE that it stands for, so that less is better and nothing is below 0.
        "psnr": AskedScore(psnr, as_loss=lambda decibels: float(10 ** (-decibels / 20))),
        "rmse": AskedScore(rmse),
        "ssim": AskedScore(ssim, as_loss=lambda similarity: 1 - similarity),
    },
    select_by="lpips",
    families=("fields", "diversity"),
    sheet=("labels", "made", "images"),
)
