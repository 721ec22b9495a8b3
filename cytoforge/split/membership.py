"""Which images belong to each split, from samples.tsv alone: rules ask before any file exists."""

from collections.abc import Iterable

from cytoforge.config.split import SplitConfig
from cytoforge.images.samples import VOLUME, Sample
from cytoforge.split.bands import cut_images
from cytoforge.split.region import SPLITS, Split
from cytoforge.split.regions import SplitSource, split_regions


def split_columns(sample: Sample, config: SplitConfig) -> dict[str, str]:
    """Return what the split depends on: the columns it goes by, the row's split and its source.

    The planes of a stack share their source, so `by: image` keeps them together.
    """
    wanted: tuple[str | None, ...] = (config.by, config.within)
    if config.by == "slices":  # one body in all splits, whose slices are alike
        wanted = (*wanted, VOLUME)
    named = {name: cell for name, cell in sample.columns.items() if name in wanted}
    return {**named, "split": sample.split or "", "image": sample.source}


def images_in_split(
    samples: Iterable[Sample], config: SplitConfig, seed: int
) -> dict[Split, list[str]]:
    """Return the names of the images with a region in each split, sorted.

    Strips (`by: blocks`) give every image a region in every split whose fraction is not 0.
    """
    samples = list(samples)
    cut = cut_images(samples, config)
    # Whole images: their size does not matter for the assignment.
    sources = [
        SplitSource(sample.name, 1, 1, split_columns(sample, config))
        for sample in samples
        if sample.name not in cut
    ]
    regions = split_regions(sources, config, seed) if sources or not cut else ()
    found = {split: [r.image for r in regions if r.split == split] for split in SPLITS}
    return {
        split: sorted([*names, *(cut if getattr(config.fractions, split) else ())])
        for split, names in found.items()
    }
