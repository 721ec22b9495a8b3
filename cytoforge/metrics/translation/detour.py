"""Whether the detour pays: nuclei of IHC found in H&E made from it, or in the IHC as it is.

A network that knows H&E is given the translation; the same network is given the untranslated IHC;
and colour deconvolution with a watershed knows no images at all. The detour must beat both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cytoforge.metrics.intervals import CELLS, POOLED_F1, bounds, jackknife
from cytoforge.metrics.point_scores import STATISTICS, unit_counts
from cytoforge.metrics.ranking import Difference, Estimate, difference
from cytoforge.metrics.translation.task_rows import gate_of, point_fields
from cytoforge.metrics.translation.translation_fields import Photo
from cytoforge.metrics.verdicts import Verdict
from cytoforge.segmentation.panoptic import NAMES, instance_scores
from cytoforge.segmentation.stained_regions import deconvolved_nuclei

DETOUR, DIRECT, CLASSICAL = "made", "untranslated", "deconvolution"
WAYS = {
    DETOUR: "in the made H&E",
    DIRECT: "in the untranslated IHC",
    CLASSICAL: "by colour deconvolution and watershed in the IHC",
}
COLUMNS = ("way", "segmenter", "gate", "n_fields", "n_units", "tp", "fp", "fn", *STATISTICS)
AGAINST = ("difference", "difference_low", "difference_high", "units_better")


@dataclass(frozen=True)
class Detour:
    """table : one row per way: `COLUMNS`, bounds of F1, how far the detour is ahead of it
    (`AGAINST`), and, where there are true labels, the mean of each score of instances."""

    table: pd.DataFrame
    verdict: Verdict


def does_the_detour_pay(
    source: Sequence[Photo],
    made: Sequence[Photo],
    segmenter: str,
    truth: Mapping[str, np.ndarray],
    true_labels: Mapping[str, np.ndarray] | None = None,
    confidence: float = 0.95,
    noun: str = "image",
) -> Detour:
    """Compare three ways of finding the nuclei of IHC with the true ones.

    Parameters
    ----------
    source, made : IHC and the H&E made from it, the same fields in one order, with the nuclei that
        `segmenter` has found in both
    truth : points of true nuclei, row and column in px (n, 2), by the field's name; other fields
        are left out
    true_labels : instance labels (Y, X) by the field's name, for Dice, AJI and PQ
    """
    ways = {DETOUR: made, DIRECT: source, CLASSICAL: [_classical(p, segmenter) for p in source]}
    gate = gate_of(source)
    counts = {
        way: unit_counts(point_fields(photos, segmenter, truth), gate)
        for way, photos in ways.items()
    }
    name = f"detour, {segmenter}"
    if not counts[DETOUR]:
        return Detour(pd.DataFrame(), Verdict(name, None, "No field has true nuclei."))
    rows = []
    for way, photos in ways.items():
        row: dict[str, object] = {
            "way": way,
            "segmenter": segmenter if way != CLASSICAL else CLASSICAL,
            "gate": gate,
        }
        row |= {"n_fields": sum(p.name in truth for p in photos), "n_units": len(counts[way])}
        row |= _counted(counts[way], confidence, noun)
        row |= _against(counts, way, confidence)
        rows.append(row | _instances(photos, segmenter, true_labels or {}))
    table = pd.DataFrame(rows)
    ordered = [*COLUMNS, *CELLS, *AGAINST, *(name for name in NAMES if name in table)]
    return Detour(table.reindex(columns=ordered), _verdict(name, counts, confidence, noun))


def _classical(photo: Photo, segmenter: str) -> Photo:
    nuclei = {segmenter: deconvolved_nuclei(photo.rgb)}
    return Photo(photo.name, photo.unit, photo.rgb, nuclei, {}, photo.pixel_size_um)


def _counted(by_unit: Mapping[str, np.ndarray], confidence: float, noun: str) -> dict[str, object]:
    stacked = np.array(list(by_unit.values()))
    total = stacked.sum(0)
    row: dict[str, object] = dict(zip(("tp", "fp", "fn"), total.astype(int).tolist(), strict=True))
    row |= {name: float(statistic.of(total)) for name, statistic in STATISTICS.items()}
    return row | bounds(stacked, POOLED_F1, confidence, noun).cells()


def _against(
    counts: Mapping[str, Mapping[str, np.ndarray]], way: str, confidence: float
) -> dict[str, object]:
    """Return how far the F1 of the detour is ahead of another way."""
    if way == DETOUR:
        return {}
    ahead = _difference(counts, way, confidence)
    better = sum(
        bool(POOLED_F1.of(own) > POOLED_F1.of(counts[way][unit]))
        for unit, own in counts[DETOUR].items()
    )
    values = (ahead.value, ahead.low, ahead.high, better)
    return dict(zip(AGAINST, values, strict=True))


def _difference(
    counts: Mapping[str, Mapping[str, np.ndarray]], way: str, confidence: float
) -> Difference:
    """Return the paired difference of F1: the same units left out in turn on both sides."""
    both = [_estimate(name, counts[name], confidence) for name in (DETOUR, way)]
    return difference(both[0], both[1], confidence)


def _estimate(way: str, by_unit: Mapping[str, np.ndarray], confidence: float) -> Estimate:
    stacked = np.array(list(by_unit.values()))
    chance = bounds(stacked, POOLED_F1, confidence)
    left_out = jackknife(stacked, POOLED_F1) if chance.certain else None
    value = float(POOLED_F1.of(stacked.sum(0)))
    return Estimate(way, value, chance, left_out, tuple(by_unit))


def _instances(
    photos: Sequence[Photo], segmenter: str, true_labels: Mapping[str, np.ndarray]
) -> dict[str, float]:
    known = [photo for photo in photos if photo.name in true_labels]
    scores = [instance_scores(true_labels[p.name], p.nuclei[segmenter]) for p in known]
    # A field without any nucleus on either side has no score: it is left out, as published.
    return {
        name: float(np.nanmean([getattr(one, name) for one in scores]))
        for name in NAMES
        if any(np.isfinite(getattr(one, name)) for one in scores)
    }


def _verdict(
    name: str, counts: Mapping[str, Mapping[str, np.ndarray]], confidence: float, noun: str
) -> Verdict:
    """Return yes where the detour is significantly ahead of both, no where it is not ahead of one,
    else that it cannot be answered."""
    ahead = {way: _difference(counts, way, confidence) for way in (DIRECT, CLASSICAL)}
    values = {way: float(POOLED_F1.of(np.sum(list(counts[way].values()), axis=0))) for way in WAYS}
    said = ", ".join(f"{values[way]:.3f} {words}" for way, words in WAYS.items())
    text = f"F1 of nuclei: {said}."
    if any(one.value <= 0 for one in ahead.values()):
        return Verdict(name, False, f"{text} The detour does not pay.")
    if all(one.significant for one in ahead.values()):
        return Verdict(name, True, f"{text} The detour pays.")
    n = len(counts[DETOUR])
    why = (
        f"{n} {noun}s are too few for an interval"
        if any(one.significant is None for one in ahead.values())
        else f"it is not significantly ahead of both over {n} {noun}s"
    )
    return Verdict(name, None, f"{text} The detour is ahead, but {why}.")
