"""What may be learned from an image that is cut into strips: the strip's own pixels."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cytoforge.config.images import ImagesConfig
from cytoforge.config.split import SplitConfig
from cytoforge.errors import UserError
from cytoforge.images.sample_cells import BLOCKS, SPLITS
from cytoforge.images.samples import Sample
from cytoforge.split.blocks import block_regions
from cytoforge.split.region import Region

Box = tuple[slice, slice]


@dataclass(frozen=True)
class BlockSplit:
    """How one image is cut (`by: blocks`), known before it is read.

    group : what the image shares its strips with: its own name, or the stack it is a plane of
    """

    config: SplitConfig
    seed: int
    group: str

    def training_box(self, shape: tuple[int, int]) -> Box:
        """Return the rows and columns of the training strip of an image (Y, X)."""
        regions = self._regions(shape)
        return next(_box(region) for region in regions if region.split == "train")

    def bands(self, shape: tuple[int, int]) -> list[Box]:
        """Return the strips, train first, each with its half of the guards beside it.

        Together they are the whole image, without overlap.
        """
        along = 0 if shape[0] > shape[1] else 1
        regions = sorted(self._regions(shape), key=lambda region: _box(region)[along].start)
        spans = [_box(region)[along] for region in regions]
        cuts = [0, *((a.stop + b.start) // 2 for a, b in pairwise(spans)), shape[along]]
        across = slice(0, shape[1 - along])
        found = {}
        for region, (start, stop) in zip(regions, pairwise(cuts), strict=True):
            span = slice(start, stop)
            found[region.split] = (span, across) if along == 0 else (across, span)
        return [found[split] for split in SPLITS if split in found]

    def _regions(self, shape: tuple[int, int]) -> list[Region]:
        return list(block_regions(self.group, self.group, shape, self.config, self.seed))


def cut_images(samples: Iterable[Sample], config: SplitConfig) -> frozenset[str]:
    """Return the images that are cut into strips: all with `by: blocks`, which a column `split`
    overrules, and those of which it says so itself."""
    samples = tuple(samples)
    every = config.by == "blocks" and not any(sample.split in SPLITS for sample in samples)
    return frozenset(one.name for one in samples if every or one.split == BLOCKS)


def check_light_of_set(config: ImagesConfig, cut: bool) -> None:
    """Raise UserError where a light for all images is asked for and each is cut into strips.

    cut : whether there are `cut_images`
    """
    if config.shading == "per_set" and cut:
        raise UserError(
            "images.shading",
            "whole images for training with `per_set`: the light of val and test strips may not be"
            " learned from their pixels, and training strips do not show it",
            "images that are cut into strips (`split.by: blocks`, or column `split`)",
            "set `images.shading: per_image`, which takes each strip's light from the strip itself;"
            " or split by image or another column of samples.tsv",
        )


def block_split(settings: dict[str, Any] | None) -> BlockSplit | None:
    """Return the cut of `params:`, with a typed config; None where images stay whole."""
    if settings is None:
        return None
    return BlockSplit(**{**settings, "config": SplitConfig.model_validate(settings["config"])})


def _box(region: Region) -> Box:
    return slice(region.row0, region.row1), slice(region.col0, region.col1)
