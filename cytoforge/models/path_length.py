"""Path length regularisation (Karras et al. 2020, StyleGAN2, section 3.2)."""

import math

import torch
from torch import Tensor

from cytoforge.compute.ranks import sum_over_ranks, world_size


class PathLength:
    """How far a step in style moves a picture, and its moving average, which all steps should have.

    With J the picture's derivative by the style, the length is that of Jᵀy, y a picture of noise;
    the penalty is its squared distance from the average (equation 4).
    """

    def __init__(self, decay: float, device: torch.device) -> None:
        self.decay = decay
        self.mean = torch.zeros((), device=device)

    def __call__(self, made: Tensor, styles: Tensor) -> Tensor:
        """Return the penalty, and let the average follow.

        Parameters
        ----------
        made : pictures (B, C, H, W)
        styles : what they were made of, (B, layers, channels)
        """
        # The same noise for all pictures: processes that share a batch draw the same.
        noise = torch.randn_like(made[:1]) / math.sqrt(made.shape[2] * made.shape[3])
        (slopes,) = torch.autograd.grad((made * noise).sum(), styles, create_graph=True)
        lengths = slopes.square().sum(2).mean(1).sqrt()  # (B,)
        with torch.no_grad():
            mean = sum_over_ranks(lengths.mean()) / world_size()
            self.mean.lerp_(mean, self.decay)
        # A copy: the average goes on before gradients have passed here.
        return (lengths - self.mean.clone()).square().mean()
