"""What can be said of a translation in plain words, and the thresholds it rests on.

They are what was asked of the first translation this workflow shipped, before any was trained.
"""

import pandas as pd

from cytoforge.metrics.translation.translation_metrics import (
    MACENKO,
    MODEL,
    REINHARD,
    SERIES,
    UNTRANSLATED,
)
from cytoforge.metrics.verdicts import Verdict

MOST_INVENTED, MOST_LOST = 20.0, 100.0
"""Per 1,000 nuclei that the same segmenter finds in the source."""
SHARE = 0.5
"""Of the untranslated images' distance to the real ones, which a translation has to stay below."""
DISTRIBUTION = ("fid", "vgg16_frechet")  # the first that was computed decides


def translation_verdicts(scores: pd.DataFrame) -> list[Verdict]:
    """Return whether nuclei are kept, by segmenter, and whether the made images look real.

    scores : the table of `ScoreRows`
    """
    structure = scores[(scores["metric"] == "invented") & (scores["series"] == MODEL)]
    found = [_kept(scores, str(segmenter)) for segmenter in structure["variant"]]
    return [*found, _near(scores), _beats_normalisers(scores)]


def value_of(scores: pd.DataFrame, metric: str, series: str, variant: str = "") -> float | None:
    """Return one value of the long table, None where there is none."""
    wanted = (scores["metric"] == metric) & (scores["series"] == series)
    rows = scores[wanted & (scores["variant"] == variant)]
    values = rows["value"].dropna()
    return float(values.iloc[0]) if len(values) else None


def _kept(scores: pd.DataFrame, segmenter: str) -> Verdict:
    name = f"structure, {segmenter}"
    invented, lost = (value_of(scores, m, MODEL, segmenter) for m in ("invented", "lost"))
    if invented is None or lost is None:
        return Verdict(name, None, f"{segmenter} finds no nuclei in the source images.")
    text = (
        f"Of 1,000 nuclei that {segmenter} finds in the source, {lost:.0f} are lost and"
        f" {invented:.0f} are invented, or were missed in the source (at most {MOST_LOST:g} and"
        f" {MOST_INVENTED:g} are asked for)."
    )
    return Verdict(name, invented < MOST_INVENTED and lost < MOST_LOST, text)


def _near(scores: pd.DataFrame) -> Verdict:
    name = "distribution"
    for metric in DISTRIBUTION:
        made, before = (value_of(scores, metric, s) for s in (MODEL, UNTRANSLATED))
        if made is not None and before is not None:
            text = (
                f"The made images are at a distance of {made:.3g} from the real ones, the"
                f" untranslated images at {before:.3g} (below half of it is asked for)."
            )
            return Verdict(name, made < SHARE * before, text)
    return Verdict(name, None, "No distance of distributions was computed.")


def _beats_normalisers(scores: pd.DataFrame) -> Verdict:
    name = "normalisers"
    for metric in DISTRIBUTION:
        made = value_of(scores, metric, MODEL)
        values = {s: value_of(scores, metric, s) for s in (REINHARD, MACENKO)}
        known = {s: value for s, value in values.items() if value is not None}
        if made is not None and known:
            best = min(known, key=lambda series: known[series])
            text = (
                f"The nearer of the two colour normalisers, {SERIES[best]}, is at a distance of"
                f" {known[best]:.3g} from the real images, the made images at {made:.3g}."
            )
            return Verdict(name, made < known[best], text)
    return Verdict(name, None, "No distance of distributions was computed.")
