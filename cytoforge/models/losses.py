"""Adversarial losses, and the penalty of a discriminator's slope."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def adversarial_loss(logits: Tensor, real: bool, mode: str) -> Tensor:
    """Return how far the discriminator's logits are from calling everything real (or fake).

    `vanilla` is binary cross-entropy (Goodfellow et al. 2014), `lsgan` the mean squared distance
    to 1 or 0 (Mao et al. 2017), `wgan_gp` minus the mean logit (or plus: Arjovsky et al. 2017),
    which needs `gradient_penalty` beside it. Always in float32: bf16 has 8 bits and would round
    small losses.
    """
    logits = logits.float()
    if mode == "wgan_gp":
        return -logits.mean() if real else logits.mean()
    target = torch.full_like(logits, float(real))
    if mode == "lsgan":
        return F.mse_loss(logits, target)
    return F.binary_cross_entropy_with_logits(logits, target)


def l1_of_means(fake: Tensor, real: Tensor, side_px: int) -> Tensor:
    """Return the L1 distance of two images, or of their means over squares of `side_px`.

    What a label map does not decide is best met, by L1, with its median: flat. Means of squares say
    nothing of texture finer than the square, which is left to the discriminator. Squares are
    half a side apart. float (B, C, H, W) both.
    """
    difference = fake.float() - real
    if side_px > 1:
        difference = F.avg_pool2d(difference, side_px, max(1, side_px // 2))
    return difference.abs().mean()


def gradient_difference(fake: Tensor, real: Tensor) -> Tensor:
    """Return the mean distance of the slopes' magnitudes, of two images smoothed by 3 px.

    What a label map does not decide (speckle, folds, where a membrane is bright) L1 meets with its
    median, which is flat; a magnitude has no sign to average away, so that texture and the edges
    between cells keep their strength. After the gradient difference loss of Mathieu et al. 2016
    (arXiv:1511.05440, equation 6), which compares |∂x| and |∂y| one by one and does not smooth.
    float (B, C, H, W) both, sides of 3 px at least; float32 (), at least 0.
    """
    return (_slopes(fake) - _slopes(real)).abs().mean()


def _slopes(image: Tensor) -> Tensor:
    """Return the magnitude of central differences, (B, C, H − 2, W − 2); never quite 0, where its
    own slope has no direction."""
    smooth = F.avg_pool2d(image.float(), 3, 1, 1, count_include_pad=False)  # (B, C, H, W)
    down = smooth[:, :, 2:, 1:-1] - smooth[:, :, :-2, 1:-1]
    across = smooth[:, :, 1:-1, 2:] - smooth[:, :, 1:-1, :-2]
    return (down.square() + across.square() + 1e-6).sqrt()


def gradient_penalty(
    critic: Callable[[Tensor], Tensor],
    condition: Tensor,
    real: Tensor,
    fake: Tensor,
    weights: Tensor,
) -> Tensor:
    """Return the mean of (‖∇f‖₂ − 1)² between real and fake images (Gulrajani et al. 2017).

    f is the mean of the critic's logits of one image, the number whose difference between real
    and fake is the Wasserstein loss. (The original's helper sums the logits. A 30×30 PatchGAN
    then may have a mean of slope 1/900 only, and the L1 loss drowns it; and its pix2pix never
    calls the helper, so that `wgangp` there is without a penalty.)

    Parameters
    ----------
    critic : (condition, image) concatenated (B, K + C, H, W) → logits (B, 1, h, w); no layer of it
        may mix the images of a batch, as batch norm does
    condition : (B, K, H, W), held still: the slope is with regard to the image
    real, fake : (B, C, H, W)
    weights : (B, 1, 1, 1) in [0, 1], of the real image in each mixture
    """
    mixed = torch.lerp(fake.detach(), real, weights).requires_grad_()  # (B, C, H, W)
    verdicts = critic(torch.cat([condition, mixed], 1)).mean(dim=(1, 2, 3))  # (B,)
    (slopes,) = torch.autograd.grad(verdicts.sum(), mixed, create_graph=True)  # (B, C, H, W)
    return (slopes.flatten(1).norm(dim=1) - 1).square().mean()


def r1_penalty(discriminator: nn.Module, real: Tensor, gamma: float) -> Tensor:
    """Return γ/2 · the mean over images of ‖∇D‖²: a discriminator is to be flat at real images.

    Always in float32, which a squared gradient needs (R1, Mescheder et al. 2018, arXiv:1801.04406).
    real (B, C, H, W) → D: one logit per image.
    """
    with torch.autocast(real.device.type, enabled=False):
        real = real.detach().float().requires_grad_()
        (slope,) = torch.autograd.grad(discriminator(real).sum(), real, create_graph=True)
        return gamma / 2 * slope.square().sum(dim=(1, 2, 3)).mean()
