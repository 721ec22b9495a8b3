"""Older generated images for the discriminator (Shrivastava et al. 2017, arXiv:1612.07828)."""

from typing import Any

import torch
from torch import Tensor


class ImagePool:
    """Keep generated images and hand out old ones instead of half of the new.

    The first `size` images are kept and handed on. Then each new image is, with even chances,
    handed on, or exchanged for one of the pool. Size 0 hands on everything (pix2pix; CycleGAN
    has 50).
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.images: Tensor | None = None
        """(stored, C, H, W), at most `size`; None before the first query."""

    def query(self, images: Tensor) -> Tensor:
        """Return as many images (B, C, H, W) as given, without gradients.

        A conditional discriminator's images come with their condition, concatenated. Draws are
        torch's default generator's on the CPU, the same number whatever the pool holds; so a
        resumed training draws the same, and a GPU is not waited for.
        """
        images = images.detach()
        if self.size == 0:
            return images
        swaps = (torch.rand(len(images)) < 0.5).tolist()
        positions = torch.randint(self.size, (len(images),)).tolist()
        given = images.clone()
        for k, (swap, position) in enumerate(zip(swaps, positions, strict=True)):
            if self.images is None or len(self.images) < self.size:
                self._keep(images[k : k + 1])
            elif swap:
                given[k] = self.images[position]
                self.images[position] = images[k]
        return given

    def _keep(self, image: Tensor) -> None:
        self.images = image.clone() if self.images is None else torch.cat([self.images, image])

    def state_dict(self) -> dict[str, Any]:
        """Return the images kept."""
        return {"images": self.images}

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        """Go on where `state_dict` was taken."""
        images = state["images"]
        self.images = None if images is None else images.to(device)
