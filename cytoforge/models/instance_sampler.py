"""Instances of images: what a network sees of tiles, and how its maps become instance labels."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cytoforge.models.sampler import Planes, Sampler
from cytoforge.networks.flips import mean_over_flips
from cytoforge.segmentation.learned.inputs import INPUTS
from cytoforge.segmentation.learned.maps import GROUND, Decoding, instances_of, target_maps
from cytoforge.segmentation.learned.network import OUTPUTS, InstanceNetwork, split_scores
from cytoforge.segmentation.learned.predict import nearest_lines, predict_maps, resized

UNLABELLED = -1
"""In instance labels: nobody knows whether there is an object."""


@dataclass(frozen=True)
class Found:
    """What was found in a field.

    labels : instance labels, int32 (Y, X)
    classes : code of each pixel's object, uint8 (Y, X); None of a network that knows no classes
    certain : fraction of the object's pixels that were given its class, float32 (Y, X)
    confidence : how sure the network is that each pixel's object is one, float32 (Y, X) in [0, 1];
        None of a network that does not say
    """

    labels: np.ndarray
    classes: np.ndarray | None = None
    certain: np.ndarray | None = None
    confidence: np.ndarray | None = None

    def at(self, lines: tuple[np.ndarray, ...]) -> "Found":
        """Return what lies at some rows and columns, as `np.ix_` gives them."""
        planes = (self.classes, self.certain, self.confidence)
        return Found(self.labels[lines], *(None if p is None else p[lines] for p in planes))


class InstanceSampler(Sampler):
    """A network that sees tiles in its own way, and makes maps of them that become instances.

    Attributes
    ----------
    sees : the network's input, a key of `INPUTS`
    scale : tiles are resized by this before the network sees them; its maps stay that size
    unlabelled : code of the label map where nobody has labelled, if there is one
    flips : how many flips of a field the maps are the mean of, see `networks.flips`; tiles in
        training are looked at once
    decoding : how maps become instances, a dataclass of numbers
    """

    decoding: Any

    def __init__(self, network: nn.Module, sees: str, scale: float) -> None:
        super().__init__()
        self.network, self.sees, self.scale = network, sees, scale
        self.unlabelled: int | None = None
        self.flips = 1

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
        return self.resized_labels(labels)

    def resized_labels(self, labels: np.ndarray) -> np.ndarray:
        """Return integers (B, H, W) as large as what is seen, by nearest neighbour, int32."""
        size = [max(1, round(side * self.scale)) for side in labels.shape[1:]]
        rows, cols = nearest_lines(labels.shape[1:], tuple(size))
        smaller: np.ndarray = labels[:, rows[:, None], cols].astype(np.int32)
        return smaller

    def decoded_by(self, numbers: Mapping[str, Any]) -> None:
        """Take from model.json how maps become instances; TypeError where it is another's."""
        self.decoding = type(self.decoding)(**numbers)

    @property
    def decoding_numbers(self) -> dict[str, Any]:
        """What `decoded_by` takes."""
        return asdict(self.decoding)

    def found_in(self, unit: np.ndarray, scale: float) -> Found:
        """Return the instances of a whole field (C, Y, X) in [0, 1] that is resized by `scale`."""
        height, width = unit.shape[1:]
        small = resized(torch.from_numpy(unit.astype(np.float32)), scale).numpy()
        found = self.found_at_scale(INPUTS[self.sees](small))
        if found.labels.shape == (height, width):
            return found
        # Decoded where it was learned; the field's own pixels take their nearest neighbours.
        return found.at(np.ix_(*nearest_lines(found.labels.shape, (height, width))))

    def found_at_scale(self, seen: np.ndarray) -> Found:
        """Return the instances of what the network sees of a field, float32 (C, y, x)."""
        raise NotImplementedError


class ImageToInstances(InstanceSampler):
    """Two maps of each tile: the probability of being an object's, and the distance to its rim."""

    network: InstanceNetwork

    def __init__(self, network: InstanceNetwork, sees: str, scale: float) -> None:
        super().__init__(network, sees, scale)
        self.in_channels, self.out_channels = network.in_channels, 2
        self.decoding = Decoding()

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

    def found_at_scale(self, seen: np.ndarray) -> Found:
        """Return the instances of what the network sees of a field, float32 (C, y, x)."""
        maps = predict_maps(torch.from_numpy(seen), FlippedNetwork(self.network, self.flips))
        return Found(instances_of(*maps, self.decoding))


class FlippedNetwork(InstanceNetwork):
    """The same network, whose scores are the mean of `count` flips."""

    def __init__(self, network: InstanceNetwork, count: int) -> None:
        super().__init__()
        self.network, self.count, self.size_multiple = network, count, network.size_multiple

    def forward(self, image: Tensor) -> Tensor:
        """Return scores (B, K, H, W)."""
        return mean_over_flips(self.network, image, self.count)


def unit_images(images: Tensor) -> Sequence[np.ndarray]:
    """Return images (B, C, H, W) in [-1, 1] as arrays in [0, 1], float32."""
    unit: np.ndarray = (images.float() * 0.5 + 0.5).cpu().numpy()
    return list(unit)
