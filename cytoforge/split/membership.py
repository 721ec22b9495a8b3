"""Which images belong to each split, from samples.tsv alone: rules ask before any file exists."""

from collections.abc import Iterable

from cytoforge.config.split import SplitConfig
from cytoforge.images.samples import Sample
from cytoforge.split.bands import is_cut
from cytoforge.split.region import SPLITS, Split
from cytoforge.split.regions import SplitSource, split_regions


def split_columns(sample: Sample, by: str) -> dict[str, str]:
    """Return what the split depends on: the column it goes by, the row's split and its source.

    The planes of a stack share their source, so `by: image` keeps them together.
    """
    named = {by: sample.columns[by]} if by in sample.columns else {}
    return {**named, "split": sample.split or "", "image": sample.source}


def images_in_split(
    samples: Iterable[Sample], config: SplitConfig, seed: int
) -> dict[Split, list[str]]:
    """Return the names of the images with a region in each split, sorted.

    Strips (`by: blocks`) give every image a region in every split whose fraction is not 0.
    """
    samples = list(samples)
    if is_cut(samples, config):
        names = sorted(sample.name for sample in samples)
        return {split: names if getattr(config.fractions, split) else [] for split in SPLITS}
    # Whole images: their size does not matter for the assignment.
    sources = [
        SplitSource(sample.name, 1, 1, split_columns(sample, config.by)) for sample in samples
    ]
    regions = split_regions(sources, config, seed)
    return {split: [r.image for r in regions if r.split == split] for split in SPLITS}
