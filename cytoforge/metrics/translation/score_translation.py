"""All scores of one direction of a translator, beside its baselines: the tables and verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cytoforge.metrics.pretrained_scores import Networks
from cytoforge.metrics.registry import SET_METRICS
from cytoforge.metrics.translation.patch_distances import MOST_PATCHES, distances
from cytoforge.metrics.translation.photo_quality import QUALITY, SMALLEST_PX, photo_quality
from cytoforge.metrics.translation.score_rows import ScoreRows
from cytoforge.metrics.translation.stain_rows import (
    NEEDS_PAIRS,
    ONE_FIELD,
    add_stain_rows,
    paired_photos,
)
from cytoforge.metrics.translation.structure_rows import add_structure_rows
from cytoforge.metrics.translation.task_rows import add_task_rows, gate_of, in_um
from cytoforge.metrics.translation.translation_fields import (
    Finder,
    Photo,
    Translation,
    halves,
    series_of,
)
from cytoforge.metrics.translation.translation_metrics import REAL
from cytoforge.metrics.translation.translation_verdicts import translation_verdicts
from cytoforge.metrics.verdicts import Verdict
from cytoforge.segmentation.stain_density import POSITIVE, SWEEP


@dataclass(frozen=True)
class TranslationSettings:
    """How a translation is scored.

    confidence : of intervals over units, each called a `noun`
    patch_px : side of the patches that distances of distributions are computed from
    most_patches : of each set at most
    psnr_cap_db : PSNR of identical photographs
    """

    confidence: float = 0.95
    noun: str = "image"
    patch_px: int = 128
    most_patches: int = MOST_PATCHES
    psnr_cap_db: float = 100.0
    seed: int = 1


@dataclass(frozen=True)
class TranslationScores:
    """scores : the long table, see `ScoreRows`; points : the sweep over gates, see `add_task_rows`
    settings : what the figures rest on, plain values."""

    scores: pd.DataFrame
    points: pd.DataFrame
    verdicts: tuple[Verdict, ...]
    settings: dict[str, Any] = field(default_factory=dict)


def score_translation(
    translation: Translation,
    networks: Networks | None = None,
    finders: Mapping[str, Finder] | None = None,
    settings: TranslationSettings = TranslationSettings(),
) -> TranslationScores:
    """Score a translation beside untranslated, Reinhard, Macenko, and real against real.

    Half of the real fields (every second unit) are what distributions are compared with and what
    the normalisers take their colours from; the other half is real against real.

    Parameters
    ----------
    networks : for distances of distributions and LPIPS, which are skipped without
    finders : segmenters by name, for the recoloured fields; without them these have no nuclei
    """
    reference, other = halves(translation.target)
    if not reference:
        raise ValueError("expected at least one real field of the target stain")
    series = series_of(translation, reference, finders or {})
    rows = ScoreRows(settings.confidence, settings.noun)
    add_stain_rows(rows, series, reference, other, translation.partners)
    add_structure_rows(rows, translation, series)
    _add_distances(rows, series, reference, other, networks, settings)
    _add_quality(rows, series, translation.partners, networks, settings.psnr_cap_db)
    points = add_task_rows(rows, translation, series)
    table = rows.table()
    told = _told(translation, reference, other, settings)
    return TranslationScores(table, points, tuple(translation_verdicts(table)), told)


def _add_distances(
    rows: ScoreRows,
    series: Mapping[str, Sequence[Photo]],
    reference: Sequence[Photo],
    other: Sequence[Photo],
    networks: Networks | None,
    settings: TranslationSettings,
) -> None:
    """Add the distances of every series; and why there is none where one is missing."""
    sides = {**series, REAL: other}
    found = {}
    if networks is not None:
        measured = distances(
            reference,
            sides,
            networks,
            settings.patch_px,
            settings.confidence,
            settings.noun,
            settings.seed,
            settings.most_patches,
        )
        found = {(one.metric, one.series): one for one in measured}
    skipped = {} if networks is None else networks.skipped
    for metric in SET_METRICS:
        for name, photos in sides.items():
            one = found.get((metric.name, name))
            if one is None:
                why = "skipped: no networks were given" if networks is None else ""
                why = why or str(skipped.get(str(metric.weights), "")) or _too_few(photos)
                rows.nothing(metric.name, name, why)
                continue
            units = [photo.unit for photo in photos]
            rows.single(metric.name, name, one.value, units, chance=one.bounds, n=one.n)


def _too_few(photos: Sequence[Photo]) -> str:
    return "skipped: fewer than two patches on one side" if photos else ONE_FIELD


def _add_quality(
    rows: ScoreRows,
    series: Mapping[str, Sequence[Photo]],
    partners: Mapping[str, Photo],
    networks: Networks | None,
    psnr_cap_db: float,
) -> None:
    """Add how near each series is to the real partners of the same places."""
    for name, pairs in paired_photos(series, partners).items():
        pairs = [(a, b) for a, b in pairs if min(a.rgb.shape[:2]) >= SMALLEST_PX]
        found = [photo_quality(real.rgb, made.rgb, networks) for real, made in pairs]
        for one in found:
            one["psnr"] = min(one["psnr"], psnr_cap_db)
        units = [real.unit for real, _ in pairs]
        for metric in QUALITY:
            values = [one[metric.name] for one in found if metric.name in one]
            if values:
                rows.mean(metric.name, name, values, units)
            else:
                why = "skipped: no network with weights was given" if found else NEEDS_PAIRS
                rows.nothing(metric.name, name, why)


def _told(
    translation: Translation,
    reference: Sequence[Photo],
    other: Sequence[Photo],
    settings: TranslationSettings,
) -> dict[str, Any]:
    return {
        "n_source": len(translation.source),
        "n_source_units": len(set(translation.units)),
        "n_reference": len(reference),
        "n_real_other": len(other),
        "n_partners": len(translation.partners),
        "residual_px": dict(translation.residual_px),
        "n_with_points": len(translation.truth),
        "segmenters": translation.segmenters,
        "gate": gate_of(translation.source),
        "gate_unit": "µm" if in_um(translation.source) else "px",
        "positive": POSITIVE,
        "thresholds": list(SWEEP),
        "noun": settings.noun,
        "confidence": settings.confidence,
        "patch_px": settings.patch_px,
        "most_patches": settings.most_patches,
    }
