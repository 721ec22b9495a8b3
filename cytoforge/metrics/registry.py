"""Every metric by name: its label, unit, direction and meaning, for tables, report and config.

A new metric is one row here and one function: pair metrics without weights in `SOURCES`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from cytoforge.metrics.gradient import gradient_metrics
from cytoforge.metrics.histogram import histogram_metrics
from cytoforge.metrics.perceptual_similarity import perceptual_metrics
from cytoforge.metrics.pixel import pixel_metrics
from cytoforge.metrics.structure import ms_ssim_metrics, ssim_metrics


@dataclass(frozen=True)
class Metric:
    """What the report says about a metric.

    higher_is_better : None where neither direction is
    unit : "" for plain numbers
    weights : name in resources/weights.tsv, None where none are needed
    original : one of the nine of the pipeline this project reimplements
    signed : may be negative, so that SD / mean (CV) means nothing
    """

    name: str
    label: str
    higher_is_better: bool | None
    unit: str
    description: str
    weights: str | None = None
    original: bool = False
    signed: bool = False


PairFunction = Callable[[Tensor, Tensor], dict[str, Tensor]]
"""(real, fake), float32 (B, C, H, W) in [0, 1] -> values (B,) of one or more metrics by name."""

SOURCES: tuple[PairFunction, ...] = (
    pixel_metrics,
    ssim_metrics,
    gradient_metrics,
    histogram_metrics,
    ms_ssim_metrics,
    perceptual_metrics,
)

PAIR_METRICS: tuple[Metric, ...] = (
    Metric("psnr", "PSNR", True, "dB", "Peak signal-to-noise ratio. Rewards blur.", original=True),
    Metric("ssim", "SSIM", True, "", "Structural similarity, uniform 7 px window.", original=True),
    Metric(
        "mse",
        "MSE",
        False,
        "grey²",
        "Mean squared error, 0–255 scale. Rewards blur.",
        original=True,
    ),
    Metric("mae", "MAE", False, "grey", "Mean absolute error, 0–255 scale.", original=True),
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
        "pearson",
        "Pearson correlation",
        True,
        "",
        "Correlation of the pixels; undefined for a constant patch.",
        original=True,
        signed=True,
    ),
    Metric(
        "cross_entropy",
        "Cross-entropy",
        False,
        "nats",
        "Of the grey value histograms; its minimum is the real patch's entropy, not 0.",
        original=True,
    ),
    Metric(
        "bhattacharyya",
        "Bhattacharyya coefficient",
        True,
        "",
        'Similarity of the histograms, 1 = equal (the original\'s "histogram difference").',
        original=True,
    ),
    Metric(
        "gradient_error",
        "Gradient error",
        False,
        "grey",
        "Mean |dGx| + |dGy| of the Sobel gradients, 0–255 scale.",
        original=True,
    ),
    Metric("kl", "KL divergence", False, "nats", "Cross-entropy less the real patch's entropy."),
    Metric(
        "bhattacharyya_distance", "Bhattacharyya distance", False, "", "-ln of the coefficient."
    ),
    Metric("hellinger", "Hellinger distance", False, "", "√(1 - coefficient)."),
    Metric("ms_ssim", "MS-SSIM", True, "", "SSIM over up to five scales, as many as fit (piq)."),
    Metric("haarpsi", "HaarPSI", True, "", "Haar wavelet perceptual similarity (piq)."),
    Metric("mdsi", "MDSI", False, "", "Mean deviation similarity index, a distance (piq)."),
    Metric("ms_gmsd", "MS-GMSD", False, "", "Multi-scale gradient similarity deviation (piq)."),
    Metric(
        "lpips_alex",
        "LPIPS (AlexNet)",
        False,
        "",
        "Learned perceptual distance, the authors' default network.",
        weights="alexnet",
    ),
)

SET_METRICS: tuple[Metric, ...] = (
    Metric(
        "vgg16_frechet",
        "VGG16 Fréchet distance",
        False,
        "",
        "Fréchet distance of mean-pooled relu4_3 and relu5_3; not FID. Falls as sets grow.",
        weights="vgg16",
    ),
    Metric(
        "vgg16_kernel",
        "VGG16 kernel distance",
        False,
        "",
        "Unbiased cubic-kernel MMD² of the same features; around 0 it may be negative.",
        weights="vgg16",
        signed=True,
    ),
    Metric(
        "fid",
        "FID",
        False,
        "",
        "Fréchet distance on pytorch-fid's Inception. Far below 2,048 patches read it with care.",
        weights="inception",
    ),
    Metric(
        "kid",
        "KID",
        False,
        "",
        "Unbiased cubic-kernel MMD² on pytorch-fid's Inception.",
        weights="inception",
        signed=True,
    ),
)

SERIES: dict[str, str] = {
    "generator": "Synthetic against real",
    "class_means": "Class means against real: each level filled with its mean grey value",
    "real_vs_real": "Real against real: test against unrelated train patches",
}
