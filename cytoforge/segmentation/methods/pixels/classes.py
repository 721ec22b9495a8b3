"""What a classifier says of every pixel of an image."""

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.normalise import to_unit
from cytoforge.segmentation.methods.pixels.classifier_file import Classifier
from cytoforge.segmentation.methods.pixels.features import boxes, features_of


def class_map(image: Image, classifier: Classifier) -> np.ndarray:
    """Return the likeliest class of each pixel, uint8 (Y, X), indices of `learned.classes`.

    Computed tile by tile: of a large image only the map and the grey values are held whole.

    Raises
    ------
    UserError : an image without a channel that the classifier has learned from
    """
    learned = classifier.learned
    missing = [name for name in learned.channels if name not in image.channels]
    if missing:
        raise UserError(
            where=f"segmentation method `pixels`, image {image.name}",
            expected=f"channels {', '.join(learned.channels)}, which the classifier learned from",
            found=", ".join(image.channels),
            fix="name these in `images.channels`, or set `classifier: null` and learn it again",
        )
    unit = to_unit(image)[[image.channels.index(name) for name in learned.channels]]
    classes = np.empty(image.shape, np.uint8)
    for box in boxes(image.shape):
        features = features_of(unit, box, learned.scales_px)
        votes = classifier.forest.probabilities(features.reshape(-1, features.shape[-1]))
        classes[box] = votes.argmax(axis=1).reshape(features.shape[:2])
    return classes
