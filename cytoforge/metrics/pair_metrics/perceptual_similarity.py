"""Perceptual metrics that need no weights (piq): HaarPSI, MDSI, MS-GMSD."""

import torch
from torch import Tensor

from cytoforge.metrics.metric import Metric
from cytoforge.metrics.piq_modules import piq_module
from cytoforge.metrics.views import channel_mean
from cytoforge.pretrained.trunk import check_pair

METRICS = (
    Metric("haarpsi", "HaarPSI", True, "", "Haar wavelet perceptual similarity (piq)."),
    Metric("mdsi", "MDSI", False, "", "Mean deviation similarity index, a distance (piq)."),
    Metric("ms_gmsd", "MS-GMSD", False, "", "Multi-scale gradient similarity deviation (piq)."),
)


@torch.no_grad()
def perceptual_metrics(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Return `haarpsi`, `mdsi` and `ms_gmsd` of (B, C, H, W) unit images, each of shape (B,).

    Each channel is compared as a grey image and the values are averaged: HaarPSI (Reisenhofer et
    al. 2018) is a similarity in [0, 1]; MDSI (Ziaei Nafchi et al. 2016) and MS-GMSD (Zhang et al.
    2017) are distances, 0 for identical images.

    >>> patch = torch.linspace(0, 1, 64 * 64).reshape(1, 1, 64, 64)
    >>> found = perceptual_metrics(patch, patch)
    >>> {name: round(value.item(), 4) for name, value in found.items()}
    {'haarpsi': 1.0, 'mdsi': 0.0, 'ms_gmsd': 0.0}
    """
    check_pair(real, fake)
    x, y = real.flatten(0, 1)[:, None], fake.flatten(0, 1)[:, None]  # (B * C, 1, H, W)
    gmsd, mdsi = piq_module("gmsd"), piq_module("mdsi")
    values = {
        "haarpsi": piq_module("haarpsi").haarpsi(x, y, data_range=1.0, reduction="none"),
        # MDSI is defined on RGB; grey as three equal channels has no chroma term.
        "mdsi": mdsi.mdsi(_rgb(x), _rgb(y), data_range=1.0, reduction="none"),
        "ms_gmsd": gmsd.multi_scale_gmsd(x, y, data_range=1.0, reduction="none"),
    }
    # HaarPSI of two constant planes is 0/0: undefined, not infinite.
    finite = {name: value.where(value.isfinite(), torch.nan) for name, value in values.items()}
    return {name: channel_mean(value, real.shape[1]) for name, value in finite.items()}


def _rgb(grey: Tensor) -> Tensor:
    return grey.expand(-1, 3, -1, -1)


measure = perceptual_metrics
