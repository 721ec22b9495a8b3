"""The rows on stain: masks of DAB against the partners, positive fractions, optical densities."""

from collections.abc import Mapping, Sequence

import numpy as np

from cytoforge.metrics.translation.positive_stain import (
    MASK_SCORES,
    fraction_distance,
    hausdorff_95,
    positive_fractions,
    swept_counts,
)
from cytoforge.metrics.translation.score_rows import ScoreRows
from cytoforge.metrics.translation.translation_fields import Photo
from cytoforge.metrics.translation.translation_metrics import REAL
from cytoforge.segmentation.stain_density import (
    POSITIVE,
    STAINS,
    SWEEP,
    dab_amount,
    mean_densities,
    stain_densities,
)

NEEDS_PAIRS = "not applicable: needs real partners of the same places (`pairs`)"
HAUSDORFF = "hd95"
ONE_FIELD = "skipped: real against real needs two real fields"


def add_stain_rows(
    rows: ScoreRows,
    series: Mapping[str, Sequence[Photo]],
    reference: Sequence[Photo],
    other: Sequence[Photo],
    partners: Mapping[str, Photo],
) -> None:
    """Add the rows of every series, and of real against real.

    Parameters
    ----------
    series : translated fields, and baselines, by series
    reference, other : two sets of real fields; distributions are compared with the first
    partners : real fields of the same places by name of the source
    """
    wanted = _fractions(reference)
    for name, photos in {**series, REAL: other}.items():
        if not photos:
            _nothing(rows, name)
            continue
        fractions = _densities(rows, name, photos)
        units = [photo.unit for photo in photos]
        for level in SWEEP:
            rows.mean("positive_fraction", name, fractions[level], units, f"{level:g}")
            apart = fraction_distance(fractions[level], wanted[level])
            rows.single("positive_distance", name, apart, units, f"{level:g}")
    _against_partners(rows, series, partners)


def _fractions(photos: Sequence[Photo]) -> dict[float, list[float]]:
    found = [positive_fractions(dab_amount(stain_densities(photo.rgb))) for photo in photos]
    return {level: [one[level] for one in found] for level in SWEEP}


def _densities(rows: ScoreRows, name: str, photos: Sequence[Photo]) -> dict[float, list[float]]:
    """Add the mean densities of a series, and return the positive fractions of its fields."""
    fractions: dict[float, list[float]] = {level: [] for level in SWEEP}
    means: dict[str, list[float]] = {stain: [] for stain in STAINS}
    for photo in photos:
        densities = stain_densities(photo.rgb)
        for level, fraction in positive_fractions(dab_amount(densities)).items():
            fractions[level].append(fraction)
        for stain, mean in mean_densities(densities).items():
            means[stain].append(mean)
    units = [photo.unit for photo in photos]
    for stain, values in means.items():
        rows.mean(f"od_{stain}", name, values, units)
    return fractions


def _nothing(rows: ScoreRows, name: str) -> None:
    for stain in STAINS:
        rows.nothing(f"od_{stain}", name, ONE_FIELD)
    for level in SWEEP:
        for metric in ("positive_fraction", "positive_distance"):
            rows.nothing(metric, name, ONE_FIELD, f"{level:g}")


def _against_partners(
    rows: ScoreRows, series: Mapping[str, Sequence[Photo]], partners: Mapping[str, Photo]
) -> None:
    """Add agreement of masks of each field with its partner, pooled over fields."""
    if not partners:
        for name in (*series, REAL):
            for score in (*MASK_SCORES, HAUSDORFF):
                rows.nothing(f"positive_{score}", name, NEEDS_PAIRS)
        return
    for name, pairs in paired_photos(series, partners).items():
        counts: dict[float, list[np.ndarray]] = {level: [] for level in SWEEP}
        apart: list[float] = []
        for real, made in pairs:
            a, b = (dab_amount(stain_densities(photo.rgb)) for photo in (real, made))
            for level, own in swept_counts(a, b).items():
                counts[level].append(own)
            # At one threshold: it takes twenty times as long as what is counted at all of them.
            apart.append(hausdorff_95(a > POSITIVE, b > POSITIVE))
        units = [real.unit for real, _ in pairs]
        for level in SWEEP if pairs else ():
            variant = f"{level:g}"
            for score, statistic in MASK_SCORES.items():
                rows.pooled(f"positive_{score}", name, counts[level], units, statistic, variant)
        if pairs:
            rows.mean(f"positive_{HAUSDORFF}", name, apart, units, f"{POSITIVE:g}")


def paired_photos(
    series: Mapping[str, Sequence[Photo]], partners: Mapping[str, Photo]
) -> dict[str, list[tuple[Photo, Photo]]]:
    """Return (real partner, field) of every series; and of real against real each partner with the
    next one, an unrelated place, where it has the same size.

    Of a field only what its partner shows, where that was registered.
    """
    found = {
        name: [(p, photo.shown_by(p)) for photo in photos if (p := partners.get(photo.name))]
        for name, photos in series.items()
    }
    known = [partners[name] for name in sorted(partners)]
    turned = zip(known, [*known[1:], *known[:1]], strict=True)
    found[REAL] = [(a, b) for a, b in turned if a is not b and a.rgb.shape == b.rgb.shape]
    return found
