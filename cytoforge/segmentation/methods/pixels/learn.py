"""Learn a pixel classifier from the scribbles of some images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.images.ome import read_image
from cytoforge.seeds import derive_seed, generator
from cytoforge.segmentation.label_file import read_plane
from cytoforge.segmentation.methods.pixels.classifier_file import Classifier, Learned
from cytoforge.segmentation.methods.pixels.config import PixelsConfig
from cytoforge.segmentation.methods.pixels.features import boxes, feature_names, features_of
from cytoforge.segmentation.methods.pixels.fit import ScribbledPixels, fit_forest
from cytoforge.segmentation.methods.pixels.scribbles import Scribbles, scribbles_of


class Cut(Protocol):
    """What says where the strips of an image lie, train's first."""

    def bands(self, shape: tuple[int, int]) -> Sequence[tuple[slice, slice]]:
        """Return rows and columns of the strips of an image (Y, X)."""
        ...


@dataclass(frozen=True)
class ScribbledImage:
    """An image of train with scribbles.

    Attributes
    ----------
    read : returns the image
    scribbles : path of its scribbles
    cut : how it is cut into strips, of which the first, training's, alone is looked at; None: not
    """

    name: str
    read: Callable[[], Image]
    scribbles: str
    cut: Cut | None = None


def scribbled_of_files(
    images: Sequence[str], scribbles: Mapping[str, str], cuts: Mapping[str, Cut | None]
) -> list[ScribbledImage]:
    """Return the images of some files, sorted by name, so that their order teaches nothing.

    Parameters
    ----------
    images : paths of canonical images
    scribbles, cuts : paths of the scribbles, and how images are cut, by the image's name
    """
    by_name = {Path(path).name.split(".")[0]: path for path in images}
    return [
        ScribbledImage(name, partial(read_image, by_name[name]), scribbles[name], cuts[name])
        for name in sorted(scribbles)
    ]


def learn_classifier(
    sources: Sequence[ScribbledImage], config: PixelsConfig, seed: int
) -> Classifier:
    """Return a classifier of the config's classes.

    Images are read one after the other, twice; features of the pixels drawn alone are kept.

    Raises
    ------
    UserError : images without a common list of channels, scribbles of another size or with values
        that are not in `config.values`, a class without a pixel
    """
    scribbles, channels = _all_scribbles(sources, config)
    kept = _at_most(scribbles, config.most_pixels, seed)
    counts = np.bincount(np.concatenate([one.classes for one in kept]), None, len(config.classes))
    _check_classes(counts, config, [source.name for source in sources])
    pixels = ScribbledPixels(
        np.concatenate(
            [
                _features_at(_training_part(source), one, config.scales_px)
                for source, one in zip(sources, kept, strict=True)
            ]
        ),
        np.concatenate([one.classes for one in kept]),
        np.concatenate([one.strokes for one in kept]),
    )
    forest, errors = fit_forest(pixels, config.trees, derive_seed(seed, "pixels", "forest"))
    told = Learned(
        config.classes,
        channels,
        config.scales_px,
        errors.out_of_bag,
        errors.new_strokes,
        tuple(counts.tolist()),
        tuple(source.name for source in sources),
    )
    return Classifier(forest, told)


def _training_part(source: ScribbledImage) -> Image:
    image = source.read()
    return image.crop(*_box(source, image))


def _box(source: ScribbledImage, image: Image) -> tuple[slice, slice]:
    """Return the training strip with its half of the guard, as segmentation sees it."""
    if source.cut is None:
        return slice(None), slice(None)
    return source.cut.bands(image.shape)[0]


def _all_scribbles(
    sources: Sequence[ScribbledImage], config: PixelsConfig
) -> tuple[list[Scribbles], tuple[str, ...]]:
    """Return the scribbles of each image's training part, strokes counted on from image to image,
    and the channels that all have."""
    found: list[Scribbles] = []
    channels: dict[tuple[str, ...], str] = {}
    n_strokes = 0
    for source in sources:
        image = source.read()
        named_in = f"samples.tsv, column {config.scribbles_column} (`scribbles_column`)"
        where = f"{source.scribbles} ({named_in})"
        plane = read_plane(source.scribbles, image.shape, where)[_box(source, image)]
        one = scribbles_of(plane, config.values, config.classes, where)
        found.append(replace(one, strokes=one.strokes + n_strokes))
        n_strokes += int(one.strokes.max(initial=-1)) + 1
        channels.setdefault(image.channels, source.name)
    if len(channels) > 1:
        raise UserError(
            where="images with scribbles",
            expected="the same channels in all",
            found="; ".join(f"{', '.join(c)} in {name}" for c, name in channels.items()),
        )
    return found, next(iter(channels))


def _at_most(found: Sequence[Scribbles], most: int, seed: int) -> list[Scribbles]:
    """Return at most so many pixels of each class, of all images together; in the same order."""
    classes = np.concatenate([one.classes for one in found])
    keep = np.zeros(len(classes), bool)
    for index in np.unique(classes):
        mine = np.flatnonzero(classes == index)
        random = generator(seed, "pixels", "drawn", int(index))
        keep[mine if len(mine) <= most else random.choice(mine, most, replace=False)] = True
    parts = np.split(keep, np.cumsum([len(one.classes) for one in found])[:-1])
    return [
        Scribbles(*(array[part] for array in vars(one).values()))
        for one, part in zip(found, parts, strict=True)
    ]


def _check_classes(counts: np.ndarray, config: PixelsConfig, images: Sequence[str]) -> None:
    missing = [name for name, n in zip(config.classes, counts, strict=True) if not n]
    if missing:
        raise UserError(
            where="scribbles of training images",
            expected=f"pixels of {', '.join(config.classes)}, as `values` says",
            found=f"none of {', '.join(missing)} in the training part of {', '.join(images)}",
            fix="scribble some there (those of val and test teach nothing), or take the class out"
            " of `values`",
        )


def _features_at(image: Image, scribbles: Scribbles, scales_px: Sequence[float]) -> np.ndarray:
    """Return the features of scribbled pixels, float32 (n, F), in their order."""
    n_features = len(feature_names(image.channels, scales_px))
    features = np.empty((len(scribbles.rows), n_features), np.float32)
    unit = to_unit(image)
    for box in boxes(image.shape):
        inside = _within(scribbles.rows, box[0]) & _within(scribbles.cols, box[1])
        if inside.any():
            at = scribbles.rows[inside] - box[0].start, scribbles.cols[inside] - box[1].start
            features[inside] = features_of(unit, box, scales_px)[at]
    return features


def _within(places: np.ndarray, span: slice) -> np.ndarray:
    inside: np.ndarray = (places >= span.start) & (places < span.stop)
    return inside
