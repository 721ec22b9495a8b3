"""Segment and render a few images of a config in memory, before anything is trained."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cytoforge.config.model import Config
from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.images.shading import even_image
from cytoforge.look.reading import read_for_look
from cytoforge.references.bounds import layer_means
from cytoforge.references.bounds_file import record_bounds
from cytoforge.references.instances import class_pieces
from cytoforge.references.label_map import render
from cytoforge.references.own.classes import MapClass
from cytoforge.references.own.own_map import read_own_map
from cytoforge.references.own.run import PIECES
from cytoforge.references.run import layer_grey
from cytoforge.segmentation.checks.result import CheckResult
from cytoforge.segmentation.checks.run import run_checks
from cytoforge.segmentation.overlay import overlay
from cytoforge.segmentation.registry import segment
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.tally import Tally, tallies

MOST_IMAGES = 4
# Of one image: of a larger one the middle is looked at, so that a look takes seconds.
_MOST_SIDE_PX = 2400


@dataclass
class Looked:
    """What came of one image under one segmentation.

    picture : overlay, uint8 (Y, X, 3); None where nothing was found, and then `failed` says why
    maps : label maps, uint8 (Y, X), by the name of the reference
    checks : what can be wrong with the segmentation, and whether it is
    note : what part of the image it is, where it is not all
    """

    image: str
    method: str
    note: str = ""
    picture: np.ndarray | None = None
    pixel_size_um: float | None = None
    tallies: Sequence[Tally] = ()
    maps: dict[str, np.ndarray] = field(default_factory=dict)
    checks: Sequence[CheckResult] = ()
    failed: str = ""


def spread(samples: Sequence[Sample]) -> list[Sample]:
    """Return at most four images, evenly spread over the table."""
    indices = np.linspace(0, len(samples) - 1, min(len(samples), MOST_IMAGES)).round()
    return [samples[int(index)] for index in np.unique(indices)]


def examine(config: Config, name: str, samples: Sequence[Sample]) -> list[Looked]:
    """Return what a segmentation of the config finds, and the label maps that stand on it.

    An image that cannot be read or segmented is told of, and the others are looked at.
    Layers are divided by the cells of these images alone.
    """
    found: dict[str, tuple[Image, Segmentation]] = {}
    looked = [_segmented(config, name, sample, found) for sample in samples]
    by_image = {one.image: one for one in looked}
    for key, reference in config.rendered.items():
        if reference.segmentation == name:
            channel = _layer_channel(config, reference)
            for image, label_map in _label_maps(found, reference, channel, key).items():
                by_image[image].maps[key] = label_map
    return looked


def examine_own(
    config: Config, name: str, classes: Sequence[MapClass], samples: Sequence[Sample]
) -> list[Looked]:
    """Return the user's own label maps of the images, and the outlines of their classes.

    Of images and maps that cannot be read it is told why.
    """
    return [_taken(config, name, classes, sample) for sample in samples]


def _taken(config: Config, name: str, classes: Sequence[MapClass], sample: Sample) -> Looked:
    column = config.own_maps[name].column
    looked = Looked(sample.name, "own label map")
    try:
        image = read_for_look(sample, config.images)
        height, width = image.shape
        named_in = f"column `{column}` of image {sample.name}"
        path = sample.columns.get(column, "")
        label_map = read_own_map(path, classes, named_in, (height, width), sample.plane)
    except UserError as error:
        return replace(looked, failed=str(error))
    pieces = Segmentation({PIECES: ObjectPlane(class_pieces(label_map))}, looked.method)
    shares = [float(np.mean(label_map == code)) for code in range(len(classes))]
    return replace(
        looked,
        picture=overlay(image, pieces, None, None),
        tallies=[Tally(one.name, None, None, s) for one, s in zip(classes, shares, strict=True)],
        maps={name: label_map},
    )


def _segmented(
    config: Config, name: str, sample: Sample, found: dict[str, tuple[Image, Segmentation]]
) -> Looked:
    settings = config.segmentations[name]
    try:
        image, note = _middle(read_for_look(sample, config.images))
        if not settings.learns_from_pixels and note:
            image, note = read_for_look(sample, config.images), ""  # labels are of the whole image
        if config.images.shading != "none":
            image, note = _without_shading(image, note, config)
        segmentation = segment(image, settings, sample)
    except UserError as error:
        return Looked(sample.name, settings.method, failed=str(error))
    found[sample.name] = image, segmentation
    return Looked(
        sample.name,
        segmentation.method,
        note,
        overlay(image, segmentation, settings.nuclei_channel, settings.cytoplasm_channel),
        image.pixel_size_um,
        tallies(segmentation),
        checks=run_checks(image, segmentation, settings),
    )


def _without_shading(image: Image, note: str, config: Config) -> tuple[Image, str]:
    """Return an image evened by its own light, and how: the set's takes all of its images."""
    evened = even_image(image, config.images.normalisation)
    said = [note] if note else []
    if config.images.shading == "per_set":
        said.append("its own shading taken away, in the run that of the set")
    return evened, "; ".join(said)


def _middle(image: Image) -> tuple[Image, str]:
    """Return the middle of an image that is too large for a look, and what was left out."""
    starts = [max((side - _MOST_SIDE_PX) // 2, 0) for side in image.shape]
    rows, cols = (slice(start, start + _MOST_SIDE_PX) for start in starts)
    cropped = image.crop(rows, cols)
    if cropped.shape == image.shape:
        return image, ""
    whole, part = (f"{height} × {width}" for height, width in (image.shape, cropped.shape))
    return replace(cropped, pixels=np.ascontiguousarray(cropped.pixels)), (
        f"the middle {part} px of {whole}"
    )


def _layer_channel(config: Config, reference: ReferenceConfig) -> str:
    segmentation = config.segmentations[reference.segmentation]
    return reference.layer_channel or segmentation.cytoplasm_channel or config.images.channels[-1]


def _label_maps(
    found: dict[str, tuple[Image, Segmentation]],
    reference: ReferenceConfig,
    channel: str,
    name: str,
) -> dict[str, np.ndarray]:
    """Return the label map of each image; those without cells enough for layers are left out."""
    if not reference.n_layers:
        return {image: render(found[image][1], None, reference) for image in found}
    greys = {image: layer_grey(pixels, channel) for image, (pixels, _) in found.items()}
    means = {image: layer_means(found[image][1], grey) for image, grey in greys.items()}
    try:
        bounds = record_bounds(means, reference, f"references.{name}.bounds").bounds
    except UserError:  # too few cells here for so many layers; the run counts those of all images
        return {}
    return {
        image: render(found[image][1], grey, reference, bounds) for image, grey in greys.items()
    }
