"""Images of another domain: the networks of models that translate, and what they make of what."""

from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from cytoforge.models.likeness import LIKENESSES
from cytoforge.models.sampler import Make, Planes, Sampler
from cytoforge.models.set_scores import Ways
from cytoforge.models.translation_config import TranslationTraining
from cytoforge.networks.resnet import ResNet


class Translator(Sampler):
    """Images of domain B made of those of A, and of A made of B where a network for that is kept.

    Attributes
    ----------
    source, wanted : the planes that images are made of, and that they should be like; a data set
        has as many rows of each as it has images, and no row belongs to another one
    structure : a key of `LIKENESSES`: what of an image has to be in what is made of it
    """

    def __init__(
        self,
        channels: int,
        generator_ab: nn.Module,
        generator_ba: nn.Module | None = None,
        source: str = "images_a",
        wanted: str = "images_b",
        structure: str = "edges",
    ) -> None:
        super().__init__()
        self.generator_ab, self.generator_ba = generator_ab, generator_ba
        self.in_channels = self.out_channels = channels
        self.source, self.wanted, self.structure = source, wanted, structure

    @property
    def generator(self) -> nn.Module:  # type: ignore[override]
        """The network that `forward` uses."""
        return self.generator_ab

    def condition(self, planes: Planes, draws: Planes) -> Tensor:
        """Return the images of the first domain."""
        return planes[self.source]

    def target(self, planes: Planes) -> Tensor:
        """Return the images of the other domain: not of the same places, unless they are pairs."""
        return planes[self.wanted]

    @property
    def back(self) -> "Translator | None":
        """The same networks the other way round, where both are kept."""
        if self.generator_ba is None:
            return None
        ways = (self.generator_ba, self.generator_ab, self.wanted, self.source)
        mirrored = Translator(self.in_channels, *ways, self.structure)
        mirrored.layout = self.layout
        return mirrored

    def reverse(self, planes: Planes, draws: Planes) -> Tensor:
        """Return an image of domain A of each of B, float32 (B, C, H, W) in [-1, 1].

        Raises ValueError where no network for that is kept (`back` is None).
        """
        if self.back is None:
            raise ValueError("this model translates in one direction only")
        made: Tensor = self.back(planes, draws)
        return made

    def ways(self, make: Make, planes: Planes) -> Ways:
        """Return what is made of each domain's tiles, and of that again, where there is a way."""
        back, there = self.back, self._way(make, planes)
        return there if back is None else replace(there, back=back._way(make, planes))

    def _way(self, make: Make, planes: Planes) -> Ways:
        source, real = planes[self.source], planes[self.wanted]
        made, returned = make(self, {self.source: source}), None
        if self.back is not None:
            returned = make(self.back, {self.wanted: made * 2 - 1})
        likeness = LIKENESSES[self.structure]
        return Ways(source * 0.5 + 0.5, made, real * 0.5 + 0.5, returned, likeness=likeness)

    def with_generator(self, generator: nn.Module) -> "Translator":
        """Return the same translator, one way, around another generator."""
        ways = (generator, None, self.source, self.wanted)
        return Translator(self.in_channels, *ways, self.structure)

    def described(self) -> dict[str, Any]:
        """Return what is drawn (nothing), and whether there is a way back."""
        return {**super().described(), "reverse": self.generator_ba is not None}


def resnet_of(config: TranslationTraining, n_blocks: int, channels: int) -> ResNet:
    """Return an untrained ResNet between domains: (B, C, H, W) → (B, C, H, W) in [-1, 1]."""
    return ResNet(
        channels,
        channels,
        n_blocks=n_blocks,
        filters=config.generator_filters,
        norm=config.norm,
        dropout=False,
        upsampling=config.upsampling,
        stem_norm=config.stem_norm,
    )
