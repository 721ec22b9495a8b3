"""What a verdict on a model can be, and every threshold it rests on.

Two trivial baselines and the real images stand on either side of a model. Thresholds were set from
what the measures mean and from the images of pages that an earlier rule, better than class means
alone, had passed and that looked wrong at first sight; none was fitted to the shipped test regions.
"""

from dataclasses import dataclass

USABLE, BETTER = "usable", "better than class means"
NOT_USABLE, NOT_JUDGED = "not usable", "not judged"

# Of each family the first that was computed decides.
PERCEPTION = ("lpips_vgg", "lpips_alex")
DISTRIBUTION = ("vgg16_frechet", "fid")
COLLAPSE = "collapse"

# An F1 this far below that of the real image, segmented alike, loses a tenth of the objects. Asked
# at IoU 0.5 of any model, since otherwise the labels are not those of the image, and at 0.8, where
# outlines count, of a usable one: a model with 0.92 at 0.5 had 0.34 there, real images 0.96.
F1_MARGIN = 0.10
# Instead of F1 where no object can be segmented again: the mean Dice of the labels that a network,
# which has learned from real images, finds in real ones by as much as this.
LEAST_DICE = 0.5
# A distance of sets has to close nine tenths of the gap between the nearer trivial baseline and two
# real sets. Images at a Fréchet distance of 241, where two real sets have 27, looked wrong at first
# sight; even from class means at 789 that closes 0.72 only.
GAP_SHARE = 0.90
# Precision and recall of a usable model, in parts of what two real sets reach (0.86 and 0.88 where
# models had 0.05 and less). 1 would ask for more than every second pair of real sets reaches.
MANIFOLD_SHARE = 0.80
MANIFOLD = ("precision", "recall")

NEAR = 0.05  # the nearest fraction of real held-out patches, nearer than which is "near"
REGIONS = ("gap",)  # segmented as one region, not counted as objects


@dataclass(frozen=True)
class Verdict:
    """One requirement. `passed` is None where it could not be checked; `text` then says why."""

    name: str
    passed: bool | None
    text: str


@dataclass(frozen=True)
class Reason:
    """One number of a model beside what it is held against, and whether it is good enough.

    Attributes
    ----------
    asked_for : the grade that needs it, `BETTER` (and with it `USABLE`) or `USABLE` alone
    baseline : series that it is held against, with `baseline_value`; "" for a collapse
    threshold : what `value`, or the share of the gap that it closes, had to reach
    passed : None where it could not be measured
    text : one sentence with both numbers and the threshold, or why there are none
    """

    metric: str
    asked_for: str
    value: float | None
    baseline: str
    baseline_value: float | None
    threshold: float | None
    passed: bool | None
    text: str


def gap_closed(baseline: float, ours: float, real: float) -> float | None:
    """Return the share of the gap between a baseline and real images that a model closes.

    1 is as near as real images are; None where there is no gap, the baseline being as good as they.

    >>> gap_closed(789.0, 241.0, 27.0), gap_closed(0.98, 0.97, 0.98)
    (0.7191601049868767, None)
    """
    return None if baseline == real else (baseline - ours) / (baseline - real)
