"""Metrics of the grey value histograms: cross-entropy, KL, Bhattacharyya, Hellinger.

256 equal bins on [0, 1] (for 8-bit images: one bin a grey level), normalised to probabilities p
(real) and q (synthetic), one histogram per channel; the metrics are averaged over channels.
"""

import torch
from torch import Tensor

from cytoforge.metrics.metric import Metric
from cytoforge.metrics.views import channel_mean, plane_blocks

METRICS = (
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
    Metric("kl", "KL divergence", False, "nats", "Cross-entropy less the real patch's entropy."),
    Metric(
        "bhattacharyya_distance", "Bhattacharyya distance", False, "", "-ln of the coefficient."
    ),
    Metric("hellinger", "Hellinger distance", False, "", "√(1 - coefficient)."),
)

BINS = 256
# The original's floor under empty bins. It bounds a bin's part of the cross-entropy at 23 p nats.
FLOOR = 1e-10


@torch.no_grad()
def histogram_metrics(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Return the histogram metrics of (B, C, H, W) unit images, each of shape (B,).

    - cross_entropy: -sum p ln q, nats. Its minimum is the entropy of the real image, not 0.
    - kl: sum p ln(p / q), nats; 0 for equal histograms.
    - bhattacharyya: the coefficient sum sqrt(p q), a *similarity* in [0, 1] (1 = equal; the
      original calls it "histogram difference").
    - bhattacharyya_distance: -ln of it, at most 23.03; hellinger: sqrt(1 - coefficient).

    Half black, half grey has the entropy ln 2; all black shares half of it, √½ in the coefficient:

    >>> half, black = torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    >>> half[..., 2:] = 0.5
    >>> round(histogram_metrics(half, half)["cross_entropy"].item(), 4)
    0.6931
    >>> found = histogram_metrics(half, black)
    >>> [round(found[n].item(), 4) for n in ("bhattacharyya", "bhattacharyya_distance")]
    [0.7071, 0.3466]
    """
    p, q = _histograms(real, fake)
    # Floor, then normalise again, on both sides alike: sums stay 1 and KL stays >= 0.
    log_p, log_q = _floored(p).log(), _floored(q).log()
    coefficient = (p * q).sqrt().sum(1).clamp_(0, 1)
    # From the squared difference: 1 - coefficient loses all digits near equality.
    hellinger = ((p.sqrt() - q.sqrt()).square().sum(1) / 2).sqrt()
    values = {
        "cross_entropy": -(_floored(p) * log_q).sum(1),
        "kl": (_floored(p) * (log_p - log_q)).sum(1).clamp_(min=0),
        "bhattacharyya": coefficient,
        "bhattacharyya_distance": -coefficient.clamp(min=FLOOR).log(),
        "hellinger": hellinger,
    }
    channels = real.shape[1]
    return {name: channel_mean(value, channels).float() for name, value in values.items()}


def _histograms(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Return probabilities of shape (B * C, 256), float64, of both sides."""
    p, q = [], []
    for _, x, y in plane_blocks(real, fake):
        p += [_counts(plane) for plane in x]
        q += [_counts(plane) for plane in y]
    pixels = real.shape[-1] * real.shape[-2]
    return torch.stack(p).double() / pixels, torch.stack(q).double() / pixels


def _counts(plane: Tensor) -> Tensor:
    bins = (plane * BINS).clamp_(0, BINS - 1).to(torch.int32).flatten()
    return torch.bincount(bins, minlength=BINS)


def _floored(probabilities: Tensor) -> Tensor:
    floored = probabilities.clamp(min=FLOOR)
    return floored / floored.sum(1, keepdim=True)


measure = histogram_metrics
