"""Instances of images: what a network sees of tiles, and how its maps become instance labels."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cytoforge.models.sampler import Planes, Sampler
from cytoforge.segmentation.learned.inputs import INPUTS
from cytoforge.segmentation.learned.maps import GROUND, Decoding, instances_of, target_maps
from cytoforge.segmentation.learned.network import OUTPUTS, InstanceNetwork, split_scores
from cytoforge.segmentation.learned.predict import nearest_lines, resized

UNLABELLED = -1
"""In instance labels: nobody knows whether there is an object."""


class ImageToInstances(Sampler):
    """Two maps of each tile: the probability of being an object's, and the distance to its rim.

    Attributes
    ----------
    sees : the network's input, a key of `INPUTS`
    scale : tiles are resized by this before the network sees them; its maps stay that size
    unlabelled : code of the label map where nobody has labelled, if there is one
    decoding : how maps become instances
    """

    def __init__(self, network: InstanceNetwork, sees: str, scale: float) -> None:
        super().__init__()
        self.network, self.sees, self.scale = network, sees, scale
        self.in_channels, self.out_channels = network.in_channels, 2
        self.unlabelled: int | None = None
        self.decoding = Decoding()

    def condition(self, planes: Planes, draws: Planes) -> Tensor:
        """Return what the network sees, float32 (B, C, h, w)."""
        images = planes["images"]
        seen = [self.seen(image) for image in unit_images(images)]
        return torch.from_numpy(np.stack(seen)).to(images.device)

    def seen(self, unit: np.ndarray) -> np.ndarray:
        """Return what the network sees of one tile (C, H, W) in [0, 1], float32 (C, h, w)."""
        return INPUTS[self.sees](resized(torch.from_numpy(unit), self.scale).numpy())

    def known(self, planes: Planes) -> np.ndarray:
        """Return instance labels as large as what is seen, int32 (B, h, w)."""
        labels = planes["instances"].cpu().numpy()
        if self.unlabelled is not None:
            codes = planes["labels"].cpu().numpy()
            labels = np.where(codes == self.unlabelled, UNLABELLED, labels)
        size = [max(1, round(side * self.scale)) for side in labels.shape[1:]]
        rows, cols = nearest_lines(labels.shape[1:], tuple(size))
        smaller: np.ndarray = labels[:, rows[:, None], cols].astype(np.int32)
        return smaller

    def target(self, planes: Planes) -> Tensor:
        """Return the maps of the true objects, unlabelled pixels without one, (B, 2, h, w)."""
        maps = [target_maps(labels.clip(0)) for labels in self.known(planes)]
        both = np.stack([[classes > GROUND, distance] for classes, distance in maps])
        return torch.from_numpy(both.astype(np.float32) * 2 - 1).to(planes["images"].device)

    def compared(self, made: Tensor, planes: Planes) -> tuple[Tensor, Tensor]:
        """Return found and true instance labels, int32 (N, h, w), `UNLABELLED` where not known."""
        maps = made.float().cpu().numpy()
        found = [instances_of(foreground, depth, self.decoding) for foreground, depth in maps]
        return torch.from_numpy(np.stack(found)), torch.from_numpy(self.known(planes))

    def forward(self, planes: Planes, draws: Planes) -> Tensor:
        """Return the two maps of each tile in [-1, 1], float32 (B, 2, h, w)."""
        seen = self.condition(planes, draws)
        height, width = seen.shape[-2:]
        multiple = self.network.size_multiple
        whole = F.pad(seen, (0, -width % multiple, 0, -height % multiple), mode="replicate")
        scores = self.network(whole.contiguous(memory_format=self.layout))
        classes, distance = split_scores(scores[:, :OUTPUTS, :height, :width].float())
        return torch.stack([1 - classes[:, GROUND], distance], 1) * 2 - 1


def unit_images(images: Tensor) -> Sequence[np.ndarray]:
    """Return images (B, C, H, W) in [-1, 1] as arrays in [0, 1], float32."""
    unit: np.ndarray = (images.float() * 0.5 + 0.5).cpu().numpy()
    return list(unit)
