"""LPIPS (Zhang et al. 2018): distances in the features of networks with weights from elsewhere.

The values come from `metrics.pretrained_scores`, where one pass through each network serves every
metric on it, so there is no `measure` here.
"""

from cytoforge.metrics.metric import Metric

METRICS = (
    Metric(
        "lpips_vgg",
        "LPIPS (VGG16)",
        False,
        "",
        "Learned perceptual distance, native size.",
        weights="vgg16",
        original=True,
    ),
    Metric(
        "lpips_alex",
        "LPIPS (AlexNet)",
        False,
        "",
        "Learned perceptual distance, the authors' default network.",
        weights="alexnet",
    ),
)
