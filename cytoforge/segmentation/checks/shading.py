"""Objects that are brighter than their surroundings for nothing but the light."""

import numpy as np
from scipy import ndimage

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.images.light import estimate_light, log_light
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import checked, diameter_px, method_seeks_bright, picture
from cytoforge.segmentation.segmentation import Segmentation

NAME = "objects that are no shading"
# Set from lights without cells, cut up by the watershed with diameters of 20 to 150 px (0.65 to 1),
# wound_healing at 0 h with 60 and 150 px (0.18, 0.52), and dsb2018 (at most 0.02); then looked at:
# kc167, stardist_2d (0.001), wound_healing at 24 h (0.09, 0.50).
MOST = 0.15
# The image is reduced to about this shorter side: light is no detail.
SIDE_PX = 400
# How far the surroundings of an object reach, in diameters.
AROUND = 0.35
# Darker than this part of the mean is noise, whose logarithm would outweigh all else.
DARKEST = 0.01


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask which part of the objects' contrast with their surroundings the light explains.

    What stands out of its surroundings by no more than the light grows from there to here is the
    light: a threshold that was laid across a slope. A cell's border is a step that no smooth light
    makes. Asked of methods that seek what is bright; in phase contrast cells are no brighter than
    their ground.
    """
    said = f"at most {MOST:g}"
    if not method_seeks_bright(config):
        return skipped(NAME, said, f"`method: {config.method}` does not seek what is bright")
    name = checked(segmentation)
    share = share_of_light(
        picture(image, segmentation, config), segmentation[name], diameter_px(segmentation)
    )
    if share is None:
        return skipped(NAME, said, f"no {name} with surroundings")
    return judged(
        NAME,
        share,
        (None, MOST),
        (
            f"{max(share, 0):.0%} of the contrast of {name} is that of the light",
            f"{share:.0%} of the contrast of {name} is that of the light: they are bright parts of "
            "uneven light",
        ),
        "set `images.shading: per_image`, or `method: phase` for cells without stained nuclei",
    )


def share_of_light(pixels: np.ndarray, labels: np.ndarray, size_px: float) -> float | None:
    """Return the light's part of the mean contrast (in log intensity) of objects to what is around.

    0: the light is the same there; 1: it is all. Negative where objects lie on its darker side.
    None where no object has surroundings.

    Parameters
    ----------
    pixels : (Y, X), any real dtype; labels : (Y, X) integers; size_px : of a typical object
    """
    step = max(min(pixels.shape) // SIDE_PX, 1)
    small = ndimage.uniform_filter(pixels.astype(np.float64), step)[::step, ::step]
    labels = labels[::step, ::step]
    light = estimate_light([small], [np.s_[0 : small.shape[0], 0 : small.shape[1]]])
    logs = np.log(np.maximum(small, DARKEST * max(small.mean(), 1e-9)))
    around = _surroundings(labels, max(AROUND * size_px / step, 2))
    length = int(labels.max(initial=0)) + 1
    areas = np.bincount(labels.ravel(), minlength=length)
    seen = (areas > 0) & (np.bincount(around.ravel(), minlength=length) > 0)
    seen[0] = False
    if not seen.any():
        return None
    weights = areas[seen]

    def contrast(values: np.ndarray) -> float:
        inside, outside = (_means(values, ids, length)[seen] for ids in (labels, around))
        return float(np.average(inside - outside, weights=weights))

    whole = contrast(logs)
    return (
        contrast(log_light(light, (small.shape[0], small.shape[1]))) / whole if whole > 0 else None
    )


def _surroundings(labels: np.ndarray, reach: float) -> np.ndarray:
    """Return the id of the nearest object for ground within that reach of it, else 0."""
    distance, nearest = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    return np.where((distance > 0) & (distance <= reach), labels[tuple(nearest)], 0)


def _means(values: np.ndarray, ids: np.ndarray, length: int) -> np.ndarray:
    counts = np.bincount(ids.ravel(), minlength=length)
    return np.bincount(ids.ravel(), values.ravel(), length) / np.maximum(counts, 1)
