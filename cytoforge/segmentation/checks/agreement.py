"""A part of the image, shifted and flipped, that is segmented otherwise than within the whole."""

from dataclasses import replace

import numpy as np

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.segmentation.checks.result import CheckResult, judged, skipped
from cytoforge.segmentation.checks.subject import checked, method_seeks_rough, middle
from cytoforge.segmentation.matching import match_instances
from cytoforge.segmentation.registry import segment_like
from cytoforge.segmentation.segmentation import Segmentation

NAME = "same result when shifted and flipped"
# F1 on half A of benchmarks/checks.py: 0.77 to 1 on good cases, 0 to 0.48 on inverted ones, 0.43 to
# 0.63 on H&E through the method for bright nuclei.
LEAST = 0.6
# Of cells in phase contrast it tells less: 0.49 and more on good cases of half A of
# benchmarks/phase_cases.py, small cells that touch, and up to 0.67 on texture.
LEAST_OF_CELLS = 0.4
IOU = 0.5
WINDOW_PX = 512
# Odd, so that no grid of a method's own blocks or poolings falls on itself.
SHIFT_PX = 23
# Of fewer objects one more or less would decide.
FEWEST = 8


def check(image: Image, segmentation: Segmentation, config: SegmentationBase) -> CheckResult:
    """Ask whether a window of at most 512 px, mirrored, has the same objects as the whole image.

    The value is F1 at IoU 0.5. Diameters are those of the whole.
    """
    least = LEAST_OF_CELLS if method_seeks_rough(config) else LEAST
    said = f"at least {least:g}"
    if not config.learns_from_pixels:
        return skipped(NAME, said, "labels are the user's own")
    name = checked(segmentation)
    rows, cols = _window(segmentation.shape)
    before = segmentation[name][rows, cols]
    if len(np.unique(before)) - 1 < FEWEST:
        return skipped(NAME, said, f"fewer than {FEWEST} objects in the middle")
    try:
        after = _again(image.crop(rows, cols), segmentation, config)[name][:, ::-1]
    except UserError as error:
        return skipped(NAME, said, error.found)
    f1 = match_instances(before, after, IOU).f1
    return judged(
        NAME,
        f1,
        (least, None),
        (
            f"F1 {f1:.2f} between the image and a mirrored part of it",
            f"F1 {f1:.2f} between the image and a mirrored part of it: what is found depends on "
            "what else is in view",
        ),
        config.other_ways,
    )


def _window(shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the middle, moved by the shift: a smaller part where the image is small."""
    side = min(WINDOW_PX, max(min(shape) - SHIFT_PX, 1))
    rows, cols = middle(shape, side)
    moved = [
        slice(part.start + step, part.stop + step)
        for part, size in zip((rows, cols), shape, strict=True)
        if (step := min(SHIFT_PX, size - part.stop)) is not None
    ]
    return moved[0], moved[1]


def _again(part: Image, known: Segmentation, config: SegmentationBase) -> Segmentation:
    without_gap = config.model_copy(
        update={"gap": config.gap.model_copy(update={"enabled": False})}
    )
    mirrored = replace(part, pixels=np.ascontiguousarray(part.pixels[:, :, ::-1]))
    return segment_like(mirrored, known, without_gap)
