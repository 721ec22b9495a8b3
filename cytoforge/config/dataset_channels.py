"""Channels that a data set leaves to segmentation: what its models do not make must not be asked of
what they make."""

from collections.abc import Iterator, Mapping, Sequence

from cytoforge.config.base import nearest
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.config.tiles import DatasetConfig


def channel_problems(
    channels: Sequence[str],
    datasets: Mapping[str, DatasetConfig],
    references: Mapping[str, ReferenceConfig],
    segmentations: Mapping[str, SegmentationBase],
) -> list[str]:
    """Return every problem, with its path, of data sets that name some of the channels.

    channels : `images.channels`
    """
    problems = []
    for name, dataset in datasets.items():
        if dataset.channels is None:
            continue
        unknown = [one for one in dataset.channels if one not in channels]
        problems += [
            f"datasets.{name}.channels: no channel {one!r} in images.channels"
            f" (there: {', '.join(channels)}){nearest(one, channels)}"
            for one in unknown
        ]
        reference = references.get(dataset.reference or "")
        segmentation = segmentations.get(reference.segmentation) if reference else None
        if not unknown and reference is not None and segmentation is not None:
            made = dataset.channels
            problems += _unnamed(name, reference.segmentation, segmentation, channels, made)
            problems += _layers(
                name, str(dataset.reference), reference, segmentation, channels, made
            )
    return problems


def _unnamed(
    dataset: str,
    name: str,
    segmentation: SegmentationBase,
    channels: Sequence[str],
    made: Sequence[str],
) -> Iterator[str]:
    """Name a channel that is taken by its place, and has another one in made images."""
    if not segmentation.learns_from_pixels:
        return
    for key, place in (("nuclei_channel", 0), ("cytoplasm_channel", -1)):
        if getattr(segmentation, key) is None and channels[place] != made[place]:
            yield (
                f"segmentations.{name}.{key}: name the channel; null is"
                f" {'the last' if place else 'the first'}, which is {channels[place]!r} of real"
                f" images and {made[place]!r} of those that models of datasets.{dataset} make"
            )


def _layers(
    dataset: str,
    name: str,
    reference: ReferenceConfig,
    segmentation: SegmentationBase,
    channels: Sequence[str],
    made: Sequence[str],
) -> Iterator[str]:
    """Name layers by a channel in which made images show none."""
    channel = reference.layer_channel or segmentation.cytoplasm_channel or channels[-1]
    if reference.n_layers and channel in channels and channel not in made:
        yield (
            f"references.{name}.layer_channel: layers of datasets.{dataset} are sorted by"
            f" {channel!r}, which its models do not make; name one of"
            f" {', '.join(made)}, or add it to datasets.{dataset}.channels"
        )
