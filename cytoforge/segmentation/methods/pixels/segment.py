"""Objects by a pixel classifier that has learned from scribbles."""

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.methods.pixels.classes import class_map
from cytoforge.segmentation.methods.pixels.classifier_file import (
    Classifier,
    described_by,
    read_classifier,
)
from cytoforge.segmentation.methods.pixels.config import CELL, NUCLEUS, PixelsConfig
from cytoforge.segmentation.methods.pixels.objects import (
    cells_around,
    disk_area,
    split_pieces,
    typical_width_px,
    without_specks,
)
from cytoforge.segmentation.moments import CELL_TO_NUCLEUS


def segment(
    image: Image, config: PixelsConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return nuclei, cells or both, int32 (Y, X), a mask, bool (Y, X), of each other class, and the
    method's text with the classifier's errors.

    Raises
    ------
    UserError : no classifier, or one of other classes or channels
    """
    if config.classifier is None:
        raise UserError(
            where=f"segmentation method `pixels`, image {image.name}",
            expected="a classifier, which a run learns from the scribbles named in samples.tsv",
            found="`classifier: null`",
            fix="set `classifier` to the results/segmentation/<name>/classifier.safetensors of a"
            " run: `--set classifier=PATH`",
        )
    classifier = read_classifier(config.classifier)
    _check_classes(classifier, config)
    classes = class_map(image, classifier)
    here = {
        name: classes == index
        for index, name in enumerate(classifier.learned.classes)
        if name in (CELL, NUCLEUS, *config.masks)
    }
    return planes_of(here, config), f"pixels, {described_by(config.classifier, classifier)}"


def planes_of(classes: dict[str, np.ndarray], config: PixelsConfig) -> dict[str, np.ndarray]:
    """Return the planes of `config.found` of the pixels of each class, bool (Y, X) each.

    A diameter that is not given is that of the widest circles in the pieces of its class.
    """
    shape = next(iter(classes.values())).shape
    nothing = np.zeros(shape, bool)
    nucleus, cell = classes.get(NUCLEUS, nothing), classes.get(CELL, nothing)
    nucleus_px = config.nucleus_diameter_px or typical_width_px(nucleus)
    whole = cell | nucleus
    cell_px = config.cell_diameter_px or (typical_width_px(whole) if CELL in classes else None)
    nucleus_px = nucleus_px or (cell_px or 1) / CELL_TO_NUCLEUS
    cell_px = cell_px or CELL_TO_NUCLEUS * nucleus_px
    nuclei = cells = split_pieces(nucleus, nucleus_px, config.min_cell_area)
    if CELL in classes:
        cells = cells_around(nuclei, whole, cell_px, config.min_cell_area)
    least = config.min_cell_area * disk_area(cell_px)
    planes = {
        "nuclei": nuclei,
        "cells": cells,
        **{name: without_specks(classes.get(name, nothing), least) for name in config.masks},
    }
    return {name: planes[name] for name in config.found}


def _check_classes(classifier: Classifier, config: PixelsConfig) -> None:
    learned = classifier.learned.classes
    if set(learned) != set(config.classes):
        raise UserError(
            where=f"segmentation method `pixels`, `values` and `classifier: {config.classifier}`",
            expected=f"the classes of `values`: {', '.join(config.classes)}",
            found=f"a classifier of {', '.join(learned)}",
            fix="let `values` name the classes of the classifier",
        )
