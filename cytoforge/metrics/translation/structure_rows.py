"""The rows on structure: nuclei kept by every segmenter, haematoxylin, the way there and back."""

from collections.abc import Mapping, Sequence

from cytoforge.metrics.intervals import POOLED_F1
from cytoforge.metrics.point_scores import DEFAULT_PX, DEFAULT_UM
from cytoforge.metrics.translation.kept_nuclei import (
    INVENTED,
    LOST,
    cycle_error,
    haematoxylin_agreement,
    kept_counts,
)
from cytoforge.metrics.translation.score_rows import ScoreRows
from cytoforge.metrics.translation.stain_rows import NEEDS_PAIRS
from cytoforge.metrics.translation.translation_fields import Photo, Translation
from cytoforge.metrics.translation.translation_metrics import MODEL, REAL

STATISTICS = {"nuclei_f1": POOLED_F1, "invented": INVENTED, "lost": LOST}
NO_SEGMENTER = "skipped: needs the segmenter itself, not only what it found elsewhere"
NO_CYCLE = "not applicable: this series is not translated back"


def add_structure_rows(
    rows: ScoreRows, translation: Translation, series: Mapping[str, Sequence[Photo]]
) -> None:
    """Add the rows of every series against the source.

    Real against real holds the real partner, where there is one, against the source: what is kept
    from one real section to the next.
    """
    partners = translation.partners
    paired = [partners.get(photo.name) for photo in translation.source]
    followed: dict[str, Sequence[Photo | None]] = {**series, REAL: paired}
    for name, photos in followed.items():
        both = zip(translation.source, photos, strict=True)
        shown = [(one.shown_by(after), after) for one, after in both if after is not None]
        sides = [(one, after) for one, after in shown if one.rgb.shape == after.rgb.shape]
        _haematoxylin(rows, name, sides)
        for segmenter in translation.segmenters:
            _nuclei(rows, name, segmenter, sides)
        if name != MODEL:
            rows.nothing("cycle_error", name, NO_CYCLE)
    _cycle(rows, translation)


def gate_px(photo: Photo) -> float:
    """Return how far a centroid may move: 3 µm, or 12 px where the size of a pixel is not known."""
    return DEFAULT_UM / photo.pixel_size_um if photo.pixel_size_um else DEFAULT_PX


def _haematoxylin(rows: ScoreRows, name: str, sides: Sequence[tuple[Photo, Photo]]) -> None:
    if not sides:
        for score in ("ssim", "correlation"):
            rows.nothing(f"haematoxylin_{score}", name, NEEDS_PAIRS)
        return
    found = [haematoxylin_agreement(before.rgb, after.rgb) for before, after in sides]
    units = [before.unit for before, _ in sides]
    for score in ("ssim", "correlation"):
        rows.mean(f"haematoxylin_{score}", name, [one[score] for one in found], units)


def _nuclei(
    rows: ScoreRows, name: str, segmenter: str, sides: Sequence[tuple[Photo, Photo]]
) -> None:
    if not sides or not all(segmenter in after.nuclei for _, after in sides):
        for metric in STATISTICS:
            rows.nothing(metric, name, NO_SEGMENTER if sides else NEEDS_PAIRS, segmenter)
        return
    counts = [
        kept_counts(before.nuclei[segmenter], after.nuclei[segmenter], gate_px(before))
        for before, after in sides
    ]
    units = [before.unit for before, _ in sides]
    for metric, statistic in STATISTICS.items():
        rows.pooled(metric, name, counts, units, statistic, segmenter)


def _cycle(rows: ScoreRows, translation: Translation) -> None:
    there = [photo for photo in translation.source if photo.name in translation.cycled]
    if not there:
        rows.nothing("cycle_error", MODEL, "not applicable: the translator has no way back")
        return
    values = [cycle_error(photo.rgb, translation.cycled[photo.name]) for photo in there]
    rows.mean("cycle_error", MODEL, values, [photo.unit for photo in there])
