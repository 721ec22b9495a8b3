"""How near a made photograph is to the real one of the same place, in colour.

`pair_metrics` compares channels one by one, as grey images, because those of microscopes are
independent. A photograph is one picture: HaarPSI and MDSI have chroma terms, which are used here.
"""

import numpy as np
import torch
from torch import Tensor

from cytoforge.metrics.metric import Metric
from cytoforge.metrics.pair_metrics.structure import ms_ssim_metrics, ssim_metrics
from cytoforge.metrics.piq_modules import piq_module
from cytoforge.metrics.pretrained_scores import Networks
from cytoforge.pretrained.weights import Missing

# What the smallest of them needs: MS-GMSD halves four times and needs 2^4 + 1 px.
SMALLEST_PX = 17
QUALITY = (
    Metric("psnr", "PSNR", True, "dB", "Peak signal-to-noise ratio of all three colours."),
    Metric("ssim", "SSIM", True, "", "Structural similarity, uniform 7 px window; 1 is identical."),
    Metric("ms_ssim", "MS-SSIM", True, "", "SSIM over five scales; 1 is identical."),
    Metric("ms_gmsd", "MS-GMSD", False, "", "Deviation of gradient similarity; 0 is identical."),
    Metric("mdsi", "MDSI", False, "", "Mean deviation similarity index; 0 is identical."),
    Metric("haarpsi", "HaarPSI", True, "", "Haar wavelet similarity; 1 is identical."),
    Metric("lpips_vgg", "LPIPS (VGG16)", False, "", "Learned distance.", weights="vgg16"),
    Metric("lpips_alex", "LPIPS (AlexNet)", False, "", "Learned distance.", weights="alexnet"),
)


@torch.no_grad()
def photo_quality(
    real: np.ndarray, made: np.ndarray, networks: Networks | None = None
) -> dict[str, float]:
    """Return the values of `QUALITY` by name, of uint8 (Y, X, 3) both.

    - psnr: 10 log10(255² / MSE), infinite for identical photographs
    - ssim, ms_ssim: means over the three colours (Wang et al. 2004, 2003)
    - ms_gmsd: of luminance, weights 0.096, 0.596, 0.289, 0.019, c 170, α 0.5 (Zhang et al. 2017)
    - mdsi: with chroma, c1 140, c2 55, c3 550, α 0.6, ρ 1, q and o 0.25 (Ziaei Nafchi et al. 2016)
    - haarpsi: with chroma, C 30, α 4.2 (Reisenhofer et al. 2018)

    MS-GMSD and MDSI are deviations: lower is better, though they are often listed the other way.
    LPIPS only where `networks` are given and have weights.
    """
    if real.shape != made.shape or min(real.shape[:2]) < SMALLEST_PX:
        raise ValueError(
            f"expected photographs of one size of {SMALLEST_PX} px or more per side, got"
            f" {real.shape} and {made.shape}"
        )
    gmsd, mdsi, haarpsi = (piq_module(name) for name in ("gmsd", "mdsi", "haarpsi"))
    x, y = _unit(real), _unit(made)
    mse = float(((x - y) ** 2).mean(dtype=torch.float64))
    values = {
        "psnr": float(-10 * np.log10(mse)) if mse else float("inf"),
        "ssim": float(ssim_metrics(x, y)["ssim"]),
        "ms_ssim": float(ms_ssim_metrics(x, y)["ms_ssim"]),
        "ms_gmsd": float(gmsd.multi_scale_gmsd(x, y, data_range=1.0)),
        "mdsi": float(mdsi.mdsi(x, y, data_range=1.0)),
        "haarpsi": float(haarpsi.haarpsi(x, y, data_range=1.0)),
    }
    return values | _lpips(x, y, networks)


def _lpips(x: Tensor, y: Tensor, networks: Networks | None) -> dict[str, float]:
    found = {}
    for net, lpips in (networks.lpips if networks else {}).items():
        if not isinstance(lpips, Missing):
            found[f"lpips_{net}"] = float(lpips(x, y).mean())
    return found


def _unit(rgb: np.ndarray) -> Tensor:
    return torch.from_numpy(rgb).permute(2, 0, 1)[None].to(torch.float32) / 255
