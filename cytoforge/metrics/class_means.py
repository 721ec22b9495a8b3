"""The guard row "class means": what is left of an image when each level is one flat grey."""

import numpy as np

from cytoforge.metrics.intensity import LevelCounts


def class_means(train: LevelCounts) -> np.ndarray:
    """Return the mean unit intensity of each code and channel over the training tiles,
    float32 (K, C). A code unseen in training takes the mean over all pixels."""
    if not train.pixels.sum():
        raise ValueError("class means need at least one training tile")
    overall = train.total.sum(0) / train.pixels.sum()
    return np.where(train.pixels[:, None] > 0, train.mean, overall).astype(np.float32)


def paint(label_map: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Paint a label map (Y, X), codes below K, with means (K, C): float32 (C, Y, X)."""
    return np.ascontiguousarray(np.moveaxis(means[label_map], -1, 0))
