"""How every trained model makes samples: its kept networks, from planes to samples.

Training averages a sampler, validates it and keeps its weights; synthesis, diversity, export and
notebooks load it. What is drawn by chance is given, so that each of them may draw as it needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from cytoforge.models.unpaired_images import ImagesOfMaps
from cytoforge.networks.condition import ConditionSpec, build_condition
from cytoforge.networks.labels import encode_labels

if TYPE_CHECKING:
    from cytoforge.models.set_scores import ComparedSets

Planes = Mapping[str, Tensor]
"""Named planes of tiles, as `compute.steps.Batch` has them."""
Make = Callable[["Sampler", Planes], Tensor]
"""What a sampler makes of any number of tiles, float32 (N, C, H, W) in [0, 1]."""


class Sampler(nn.Module):
    """A task's networks and how they make a sample. A new task adds a subclass.

    Children are the networks that are kept, by name. `forward` returns float32 (B, C, H, W) in
    [-1, 1]: an image, or one channel per class of which the largest counts.

    Attributes
    ----------
    in_channels, out_channels : of the generator
    draws : what `forward` must be given beside planes, by name, and how many channels it has
    """

    layout: torch.memory_format = torch.contiguous_format
    draws: Mapping[str, int] = MappingProxyType({})
    generator: nn.Module
    in_channels: int
    out_channels: int

    def condition(self, planes: Planes, draws: Planes) -> Tensor:
        """Return what the generator sees, float32 (B, in_channels, H, W)."""
        raise NotImplementedError

    def shown(self, planes: Planes, draws: Planes) -> Tensor:
        """Return what discriminators see beside a sample: all of it, where nothing is kept back."""
        return self.condition(planes, draws)

    def target(self, planes: Planes) -> Tensor:
        """Return what a sample should be, on the scale of `forward`, (B, out_channels, H, W)."""
        raise NotImplementedError

    def compared(self, made: Tensor, planes: Planes) -> tuple[Tensor, Tensor]:
        """Return what the task's scores compare: what was made, and what it should be.

        made : samples of those tiles on the scale [0, 1]
        """
        return made, self.target(planes) * 0.5 + 0.5

    def ways(self, make: Make, planes: Planes) -> "ComparedSets":
        """Return what is made of all tiles, and what it should be like, for tasks whose scores
        compare sets."""
        raise NotImplementedError

    def forward(self, planes: Planes, draws: Planes) -> Tensor:
        """Return a sample of each tile; the same planes and draws give the same sample."""
        seen = self.condition(planes, draws).contiguous(memory_format=self.layout)
        made: Tensor = self.generator(seen)
        return made.float()

    def with_generator(self, generator: nn.Module) -> "Sampler":
        """Return the same sampler around another generator, in other arithmetic for instance."""
        raise NotImplementedError

    def described(self) -> dict[str, Any]:
        """Return what a reader of model.json may want to know of the generator's input."""
        return {"channels": self.in_channels, "draws": list(self.draws)}


class LabelsToImage(Sampler):
    """Images of label maps, of label slices around them, of the borders between instances, noise,
    appearance features, grain."""

    def __init__(self, spec: ConditionSpec, generator: nn.Module, out_channels: int) -> None:
        super().__init__()
        self.spec, self.generator = spec, generator
        self.in_channels, self.out_channels = spec.channels, out_channels
        drawn = {"noise": spec.noise, "features": spec.features, "grain": spec.grain}
        self.draws = {name: channels for name, channels in drawn.items() if channels}

    def condition(self, planes: Planes, draws: Planes) -> Tensor:
        """Return labels, borders and what is drawn as the channels of one tensor."""
        return self._built(self.spec, planes, draws)

    def shown(self, planes: Planes, draws: Planes) -> Tensor:
        """Return the condition without features, which come from the real image and would give it
        away, and without grain, which the real image was not made from."""
        return self._built(replace(self.spec, features=0, grain=0), planes, draws)

    def target(self, planes: Planes) -> Tensor:
        """Return the real images."""
        return planes["images"]

    def ways(self, make: Make, planes: Planes) -> "ComparedSets":
        """Return the images of all label maps, and those of the domain."""
        made = make(self, {"labels": planes["labels"]})
        return ImagesOfMaps(planes["labels"], made, self.target(planes) * 0.5 + 0.5)

    def _built(self, spec: ConditionSpec, planes: Planes, draws: Planes) -> Tensor:
        given = {name: draws.get(name) for name in ("noise", "features", "grain")}
        given["neighbours"] = planes.get("neighbours")
        return build_condition(spec, planes["labels"], planes.get("instances"), **given)

    def with_generator(self, generator: nn.Module) -> "LabelsToImage":
        """Return the same sampler around another generator."""
        return LabelsToImage(self.spec, generator, self.out_channels)


class ImageToLabels(Sampler):
    """Label maps of images: one channel per class, the largest names the pixel."""

    def __init__(self, generator: nn.Module, in_channels: int, n_codes: int) -> None:
        super().__init__()
        self.generator = generator
        self.in_channels, self.out_channels = in_channels, n_codes

    def condition(self, planes: Planes, draws: Planes) -> Tensor:
        """Return the images."""
        return planes["images"]

    def target(self, planes: Planes) -> Tensor:
        """Return 1 in the channel of each pixel's class, −1 in all others."""
        return encode_labels(planes["labels"], self.out_channels) * 2 - 1

    def with_generator(self, generator: nn.Module) -> "ImageToLabels":
        """Return the same sampler around another generator."""
        return ImageToLabels(generator, self.in_channels, self.out_channels)
