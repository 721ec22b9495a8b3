"""Structural similarity: SSIM with the window of the original, and its multi-scale form."""

import torch
from torch import Tensor

from cytoforge.metrics.metric import Metric
from cytoforge.metrics.piq_modules import piq_module
from cytoforge.metrics.views import block_planes, channel_mean, plane_blocks

METRICS = (
    Metric("ssim", "SSIM", True, "", "Structural similarity, uniform 7 px window.", original=True),
    Metric("ms_ssim", "MS-SSIM", True, "", "SSIM over up to five scales, as many as fit (piq)."),
)

WINDOW = 7
N = WINDOW**2
SAMPLE = N / (N - 1)  # sample instead of population covariance
C1, C2 = 0.01**2, 0.03**2
# Wang et al. 2003, table of five scales.
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
SCALE_KERNEL = 11


@torch.no_grad()
def ssim_metrics(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Return `ssim` of (B, C, H, W) unit images, shape (B,), averaged over channels.

    Wang et al. 2004 with a uniform 7×7 window, sample covariance, K1 0.01, K2 0.03 and the mean
    over the windows that lie wholly inside: scikit-image's default, which the original uses.

    Black against white has C1 / (1 + C1) = 0.0001 left, a patch against itself 1:

    >>> black, white = torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8)
    >>> [round(ssim_metrics(black, other)["ssim"].item(), 4) for other in (white, black)]
    [0.0001, 1.0]
    """
    batch, channels, height, width = real.shape
    if min(height, width) < WINDOW:
        raise ValueError(f"SSIM needs at least {WINDOW} px per side, got {height}×{width}")
    values = real.new_empty(batch * channels)
    n, h, w = block_planes(real), height - WINDOW + 1, width - WINDOW + 1
    moments = real.new_empty((4, n, height, width))
    pairs = real.new_empty((4, n, height - 1, width))
    rows = real.new_empty((4, n, h, width))
    # Where the moments and rows lay, once they are summed: less memory stays in the cache.
    sums, terms = moments[..., :h, :w], rows[:2, ..., :w]
    for place, x, y in plane_blocks(real, fake):
        m, p, r, b, t = (buffer[:, : len(x)] for buffer in (moments, pairs, rows, sums, terms))
        mean_x, mean_y = x.mean((-2, -1), keepdim=True), y.mean((-2, -1), keepdim=True)
        _moments(x, y, mean_x, mean_y, m)
        _box_sum(m, p, r, b)
        values[place] = _ssim_of_sums(b, t, mean_x, mean_y)
    return {"ssim": channel_mean(values, channels)}


def _moments(x: Tensor, y: Tensor, mean_x: Tensor, mean_y: Tensor, out: Tensor) -> None:
    """Write x, y, xy + c and x² + y² + 2 c of the centred planes, c = C2 / 2 (sample factor).

    Centring leaves variances as they are and saves the digits that E[x²] - E[x]² would lose; the
    constants turn up in the window sums just as SSIM adds them.
    """
    constant = x.new_tensor(C2 / SAMPLE)
    torch.sub(x, mean_x, out=out[0])
    torch.sub(y, mean_y, out=out[1])
    torch.addcmul(constant / 2, out[0], out[1], out=out[2])
    torch.addcmul(constant, out[0], out[0], out=out[3]).addcmul_(out[1], out[1])


def _box_sum(m: Tensor, pairs: Tensor, rows: Tensor, out: Tensor) -> None:
    """Write the sum over every 7×7 window: four shifted additions an axis, 7 = 2 + 2 + 2 + 1."""
    torch.add(m[..., :-1, :], m[..., 1:, :], out=pairs)
    torch.add(pairs[..., :-5, :], pairs[..., 2:-3, :], out=rows)
    rows.add_(pairs[..., 4:-1, :]).add_(m[..., 6:, :])
    columns = pairs[..., : rows.shape[-2], :-1]  # the pairs of rows are no longer needed
    torch.add(rows[..., :-1], rows[..., 1:], out=columns)
    torch.add(columns[..., :-5], columns[..., 2:-3], out=out)
    out.add_(columns[..., 4:-1]).add_(rows[..., 6:])


def _ssim_of_sums(sums: Tensor, t: Tensor, mean_x: Tensor, mean_y: Tensor) -> Tensor:
    """Return SSIM of each plane from its window sums X, Y, XY, XX + YY, which are overwritten.

    Numerator and denominator of SSIM, divided by their common factor: 12 passes over the planes
    instead of the 21 of the textbook form.
    """
    x, y, covariance, variances = sums  # (n, h, w) each
    covariance.addcmul_(x, y, value=-1 / N)
    variances.addcmul_(x, x, value=-1 / N).addcmul_(y, y, value=-1 / N)
    x.add_(N * mean_x)
    y.add_(N * mean_y)
    constant = x.new_tensor(N**2 * C1)
    torch.addcmul(constant / 2, x, y, out=t[0]).mul_(covariance)
    torch.addcmul(constant, x, x, out=t[1]).addcmul_(y, y).mul_(variances)
    return 4 * t[0].div_(t[1]).mean((-2, -1))


def ms_ssim_scales(patch_px: int) -> int:
    """Return how many of the five scales a patch allows: (11 - 1) 2^(s-1) + 1 px are needed."""
    return sum(patch_px >= (SCALE_KERNEL - 1) * 2**s + 1 for s in range(len(SCALE_WEIGHTS)))


@torch.no_grad()
def ms_ssim_metrics(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Return `ms_ssim` (piq; Gaussian 11 px windows) of (B, C, H, W) unit images, shape (B,).

    Below 161 px per side the coarsest scales do not fit: those that fit are used, their weights
    scaled to sum 1, and `scores.json` says how many they were. NaN below 11 px.

    >>> patch = torch.linspace(0, 1, 64 * 64).reshape(1, 1, 64, 64)
    >>> ms_ssim_metrics(patch, patch)["ms_ssim"].item()
    1.0
    """
    scales = ms_ssim_scales(min(real.shape[-2:]))
    if scales == 0:
        return {"ms_ssim": real.new_full((len(real),), torch.nan)}
    weights = torch.tensor(SCALE_WEIGHTS[:scales], device=real.device)
    values = piq_module("ms_ssim").multi_scale_ssim(
        real.flatten(0, 1)[:, None],
        fake.flatten(0, 1)[:, None],
        kernel_size=SCALE_KERNEL,
        data_range=1.0,
        reduction="none",
        scale_weights=weights / weights.sum(),
    )
    return {"ms_ssim": channel_mean(values, real.shape[1])}


def measure(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Return `ssim` and `ms_ssim` of (B, C, H, W) unit images, each of shape (B,)."""
    return ssim_metrics(real, fake) | ms_ssim_metrics(real, fake)
