"""A classifier that is shown real and made patches, and asked of images that it has not seen.

Half right is what guessing gives, and what two sets of real patches give.
"""

import numpy as np

from cytoforge.metrics.held_out import as_many, held_out_scores, placements
from cytoforge.metrics.material import FEATURES, Finding, Material, nothing
from cytoforge.metrics.metric import Metric

MOST = 1000  # patches of each side
MEASURES = (
    Metric(
        "classifier_accuracy",
        "Patch classifier, right",
        False,
        "",
        "How often a linear classifier on VGG16 features tells made from real, whole images left"
        " out. 0.5 is guessing.",
        weights=FEATURES,
    ),
    Metric(
        "classifier_auc",
        "Patch classifier, AUC",
        False,
        "",
        "Area under the ROC curve of the same classifier: whatever the threshold.",
        weights=FEATURES,
    ),
)


def measure(material: Material) -> list[Finding]:
    """Return accuracy and area under the curve of every series."""
    return [one for series in material.series for one in _of(material, series)]


def _of(material: Material, series: str) -> list[Finding]:
    names = [each.name for each in MEASURES]
    if FEATURES in material.skipped:
        status = str(material.skipped[FEATURES])
        return [nothing(name, series, status) for name in names]
    features, rows = material.scores.features[FEATURES], material.once(series)
    both = np.concatenate([features["real"], features[series][rows]])
    images = np.concatenate([material.units("real"), material.units(series)[rows]])
    made = np.arange(len(both)) >= len(material.real.ids)
    return told_apart(both, made, images, series, (names[0], names[1]), material.seed)


def told_apart(
    features: np.ndarray,
    made: np.ndarray,
    images: np.ndarray,
    series: str,
    names: tuple[str, str],
    seed: int,
) -> list[Finding]:
    """Return accuracy and area under the curve, each by its name, with images left out."""
    rows = as_many(made, seed, MOST)
    made, images = made[rows], images[rows]
    if any(len(set(images[side])) < 2 for side in (made, ~made)):
        status = "skipped: leaving whole images out needs two images of each side"
        return [nothing(name, series, status) for name in names]
    scores = held_out_scores(features[rows], made, images, seed)
    return [
        Finding(names[0], series, ((scores > 0) == made).astype(float), images),
        Finding(names[1], series, placements(scores, made), images),
    ]
