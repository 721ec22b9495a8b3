"""Nuclei sought in the wrong channel: each object found holds a compact core in another one."""

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.images.raw import RGB
from cytoforge.segmentation.channels import nuclei_channel
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import NUCLEI, checked
from cytoforge.segmentation.segmentation import Segmentation

NAME = "no nuclei in another channel"
# Fraction of objects with a core in another channel: at most 0.05 where nuclei are sought in their
# own (0.26 beside a stain of the nuclear envelope), 0.66 to 0.79 of actin and pH3 taken for them.
MOST = 0.5
# A core stands out by that much of its own brightness, takes that part of the object, and lies
# deeper in it than the object's pixels do on average: organelles around a nucleus lie at its rim,
# spots in it are small.
_LEAST_CONTRAST, _PART, _DEEPER = 0.6, (0.08, 0.7), 1.1
_MOST_OBJECTS, _FEWEST_PX, _SIGMA_PX, _GROUND = 200, 30, 1.0, 5


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask how many of the nuclei hold smaller ones in a channel that was not asked for them."""
    said = f"at most {MOST:g}"
    if why := _not_asked(image, segmentation, config):
        return skipped(NAME, said, why)
    labels = segmentation[NUCLEI]
    named = nuclei_channel(image, config)
    shares = {
        channel: cored_share(pixels, labels)
        for channel, pixels in zip(image.channels, image.pixels, strict=True)
        if channel != named
    }
    channel, share = max(shares.items(), key=lambda one: one[1])
    return judged(
        NAME,
        share,
        (None, MOST),
        (
            "no other channel looks like one of nuclei",
            f"{share:.0%} of the objects found in channel {named!r} hold a smaller, bright one in"
            f" channel {channel!r}",
        ),
        f"if {channel!r} shows the nuclei, set `nuclei_channel: {channel}`",
    )


def _not_asked(image: Image, segmentation: Segmentation, config: SegmentationBase) -> str:
    if checked(segmentation) != NUCLEI or not config.learns_from_pixels:
        return "asked of nuclei that a method finds"
    if len(image.channels) < 2 or image.channels == RGB:
        return "asked of several channels of fluorescence"
    if nuclei_channel(image, config) not in image.channels:
        return "a derived channel shows nuclei"
    return ""


def cored_share(pixels: np.ndarray, labels: np.ndarray) -> float:
    """Return the fraction of objects that hold a compact bright core, of at most 200 of them.

    pixels : (Y, X) of another channel; labels : instances (Y, X)
    """
    smooth = ndimage.gaussian_filter(pixels.astype(np.float32), _SIGMA_PX)
    ground = float(np.percentile(smooth, _GROUND))
    there = [(i, box) for i, box in enumerate(ndimage.find_objects(labels), 1) if box is not None]
    step = -(-len(there) // _MOST_OBJECTS)
    masks = ((box, labels[box] == i) for i, box in there[:: max(step, 1)])
    found = [
        _has_core(smooth[box], mask, ground) for box, mask in masks if mask.sum() >= _FEWEST_PX
    ]
    return float(np.mean(found)) if found else 0.0


def _has_core(pixels: np.ndarray, mask: np.ndarray, ground: float) -> bool:
    inside = pixels[mask]
    if inside.min() == inside.max():
        return False
    core = mask & (pixels > threshold_otsu(inside))
    bright = float(pixels[core].mean())
    contrast = (bright - float(pixels[mask & ~core].mean())) / max(bright - ground, 1e-6)
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    low, high = _PART
    return bool(
        contrast >= _LEAST_CONTRAST
        and low <= core.sum() / mask.sum() <= high
        and depth[core].mean() >= _DEEPER * depth[mask].mean()
    )
