"""Images of label maps held against images of other places: sets without pairs."""

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from cytoforge.models.set_scores import FLAT, sliced_wasserstein


@dataclass(frozen=True)
class ImagesOfMaps:
    """What a model makes of label maps, and images that it should be like.

    Attributes
    ----------
    labels : codes, uint8 (N, H, W)
    made : the image of each, float32 (N, C, H, W) in [0, 1]
    real : images of the domain, (M, C, H, W)
    """

    labels: Tensor
    made: Tensor
    real: Tensor

    @cached_property
    def distance(self) -> float:
        """The sliced Wasserstein distance between what was made and real images."""
        return sliced_wasserstein(self.made, self.real)

    @property
    def structure(self) -> float:
        """1 − `kept`."""
        return 1 - self.kept

    @cached_property
    def kept(self) -> float:
        """How much of what was made follows from its class: the correlation of pixels with their
        class's mean over all images, the mean over channels, 0 to 1.

        It is the correlation ratio, of which the square is the variance between classes in all.
        """
        codes = self.labels.flatten().long()
        pixels = self.made.movedim(1, 0).flatten(1).double()  # (C, pixels)
        counts = codes.bincount().clamp(min=1)
        sums = pixels.new_zeros(len(pixels), len(counts)).index_add_(1, codes, pixels)
        means = (sums / counts)[:, codes]
        total = pixels.var(1, correction=0)
        ratio = means.var(1, correction=0) / total.clamp(min=FLAT**2)
        return float(ratio.clamp(0, 1).sqrt().mean())

    @property
    def spread(self) -> float:
        """SD of what was made, in units of that of real images; each channel's mean is left out."""
        made, real = (
            float(images.double().var((0, 2, 3), correction=0).mean().sqrt())
            for images in (self.made, self.real)
        )
        return made / real if real >= FLAT else 1.0

    @property
    def trivial(self) -> "ImagesOfMaps":
        """What the trivial method makes: the mean of the domain everywhere."""
        mean = self.real.mean((0, 2, 3), keepdim=True)
        return ImagesOfMaps(self.labels, mean.expand_as(self.made), self.real)

    @property
    def pictured(self) -> dict[str, Tensor]:
        """What a sample sheet shows in the place of planes, by its columns."""
        return {"made": self.made}
