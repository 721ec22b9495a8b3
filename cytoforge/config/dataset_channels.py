"""Channels that a data set leaves to segmentation: what its models do not make must not be asked of
what they make."""

from collections.abc import Iterator, Mapping, Sequence

from cytoforge.config.problem import CHANNELS, Problem, wrong_name
from cytoforge.config.references import ReferenceConfig
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.config.tiles import DatasetConfig


def channel_problems(
    channels: Sequence[str],
    datasets: Mapping[str, DatasetConfig],
    references: Mapping[str, ReferenceConfig],
    segmentations: Mapping[str, SegmentationBase],
) -> list[Problem]:
    """Return every problem, with its path, of data sets that name some of the channels.

    channels : `images.channels`
    """
    problems: list[Problem] = []
    for name, dataset in datasets.items():
        if dataset.channels is None:
            continue
        unknown = [one for one in dataset.channels if one not in channels]
        problems += [
            wrong_name(
                ("datasets", name, "channels"),
                f"no channel {one!r} in images.channels (there: {', '.join(channels)})",
                one,
                channels,
                CHANNELS,
            )
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
) -> Iterator[Problem]:
    """Name a channel that is taken by its place, and has another one in made images."""
    if not segmentation.learns_from_pixels:
        return
    for key, place in (("nuclei_channel", 0), ("cytoplasm_channel", -1)):
        if getattr(segmentation, key) is None and channels[place] != made[place]:
            yield Problem(
                ("segmentations", name, key),
                f"name the channel; null is {'the last' if place else 'the first'}, which is"
                f" {channels[place]!r} of real images and {made[place]!r} of those that models of"
                f" datasets.{dataset} make",
            )


def _layers(
    dataset: str,
    name: str,
    reference: ReferenceConfig,
    segmentation: SegmentationBase,
    channels: Sequence[str],
    made: Sequence[str],
) -> Iterator[Problem]:
    """Name layers by a channel in which made images show none."""
    channel = reference.layer_channel or segmentation.cytoplasm_channel or channels[-1]
    if reference.n_layers and channel in channels and channel not in made:
        yield Problem(
            ("references", name, "layer_channel"),
            f"layers of datasets.{dataset} are sorted by {channel!r}, which its models do not make;"
            f" name one of {', '.join(made)}, or add it to datasets.{dataset}.channels",
        )
