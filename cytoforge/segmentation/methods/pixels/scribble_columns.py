"""The scribbles in samples.tsv: which of them are learned from, checked before anything runs."""

from collections.abc import Collection, Mapping

from cytoforge.config.base import nearest
from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError
from cytoforge.images.samples import Sample
from cytoforge.segmentation.label_columns import file_problems, refuse_files
from cytoforge.segmentation.methods.pixels.config import PixelsConfig

_MOST_NAMED = 5


def scribbled_images(
    config: PixelsConfig, samples: Mapping[str, Sample], train: Collection[str]
) -> dict[str, str]:
    """Return the path of the scribbles of each image of train that has any, sorted by name.

    train : names of images with a training region
    """
    paths = {name: _path(config, samples[name]) for name in sorted(train)}
    return {name: path for name, path in paths.items() if path}


def check_scribbles(
    segmentations: Mapping[str, SegmentationBase],
    samples: Mapping[str, Sample],
    train: Collection[str],
) -> None:
    """Raise UserError for scribbles that are not there, belong to several images, or lie in images
    of val and test alone, of segmentations that learn from scribbles."""
    for name, config in segmentations.items():
        if not isinstance(config, PixelsConfig) or config.classifier is not None:
            continue
        column = config.scribbles_column
        named = [(one.name, column, _path(config, one)) for one in samples.values()]
        named = [one for one in named if one[2]]
        if not named:
            raise _no_scribbles(f"segmentations.{name}", column, samples)
        refuse_files(
            file_problems(named),
            expected="scribbles of its own for each image that has some",
            fix="correct the path, or leave it empty",
        )
        if not scribbled_images(config, samples, train):
            raise _none_in_train(f"segmentations.{name}", [one[0] for one in named], train)


def _path(config: PixelsConfig, sample: Sample) -> str:
    return sample.columns.get(config.scribbles_column, "").strip()


def _no_scribbles(where: str, column: str, samples: Mapping[str, Sample]) -> UserError:
    there = {name for one in samples.values() for name in one.columns}
    lacks = "empty in every row" if column in there else f"not there{nearest(column, there)}"
    return UserError(
        where=f"samples.tsv, column `{column}`, which {where} learns from",
        expected="the path of a few images' scribbles (TIFF or PNG, 0 where nothing is said)",
        found=lacks,
        fix="scribble on one or two images in any program that saves labels, and name the files"
        " there; or set `classifier`",
    )


def _none_in_train(where: str, named: list[str], train: Collection[str]) -> UserError:
    training = ", ".join(sorted(train)[:_MOST_NAMED])
    return UserError(
        where=f"{where}: what is learned is learned from training images",
        expected="scribbles on an image of train",
        found=f"scribbles on {', '.join(named[:_MOST_NAMED])} alone, of val and test",
        fix=f"scribble on one of train ({training}), or put a scribbled one into it by the column"
        " `split` of samples.tsv",
    )
