"""The verdict on a model: one of four grades, and the reasons for it, a sentence each."""

from collections.abc import Iterator
from dataclasses import dataclass

from cytoforge.metrics.found_again import FoundAgain
from cytoforge.metrics.metric import REAL, TRIVIAL
from cytoforge.metrics.score_tables import BY_NAME, Scores
from cytoforge.metrics.verdicts import (
    BETTER,
    COLLAPSE,
    DISTRIBUTION,
    F1_MARGIN,
    GAP_SHARE,
    LEAST_DICE,
    MANIFOLD,
    MANIFOLD_SHARE,
    NOT_JUDGED,
    NOT_USABLE,
    PERCEPTION,
    REGIONS,
    USABLE,
    Reason,
    gap_closed,
)


@dataclass(frozen=True)
class Judgement:
    """`grade` is `USABLE`, `BETTER`, `NOT_USABLE` or `NOT_JUDGED`, as in `verdicts`.

    reasons : everything that was asked, whether it was reached or not
    """

    model_name: str
    grade: str
    reasons: tuple[Reason, ...]


def judge(scores: Scores, collapsed: str = "") -> Judgement:
    """Judge a model by perception, distribution, objects (or labels) found again, and precision
    and recall.

    collapsed : what training found wrong with what the kept weights make; "" for nothing
    """
    reasons = [*_perception(scores), *_distribution(scores), *_objects(scores), *_manifold(scores)]
    if collapsed:
        reasons.insert(
            0, Reason(COLLAPSE, BETTER, None, "", None, None, False, f"It has {collapsed}")
        )
    return Judgement(scores.model_name, grade_of(reasons), tuple(reasons))


def grade_of(reasons: list[Reason]) -> str:
    """Return the grade that is certain: what was not measured counts neither for nor against.

    So a model that misses what any asks is not usable, whatever else is unknown; and one that
    misses something asked of a usable one is better than class means at most.
    """
    needed = [one.passed for one in reasons if one.asked_for == BETTER]
    further = [one.passed for one in reasons if one.asked_for == USABLE]
    if False in needed:
        return NOT_USABLE
    if None in needed or not needed:
        return NOT_JUDGED
    if False in further:
        return BETTER
    return NOT_JUDGED if None in further else USABLE


def nearest_trivial(scores: Scores, metric: str) -> tuple[str, float] | None:
    """Return the better of the trivial baselines and its value of a metric; None without any."""
    found = [(name, v) for name in TRIVIAL if (v := scores.value(metric, name).value) is not None]
    sign = -1 if BY_NAME[metric].higher_is_better else 1
    return min(found, key=lambda one: sign * one[1]) if found else None


def _first_known(scores: Scores, names: tuple[str, ...]) -> str:
    return next((name for name in names if scores.value(name).value is not None), names[0])


def _perception(scores: Scores) -> Iterator[Reason]:
    """Below both trivial baselines; and no further from its own original than a real patch of
    another place is: what is looks wrong at first sight (0.684 against 0.571 did)."""
    metric = _first_known(scores, PERCEPTION)
    for series, words in (*TRIVIAL.items(), (REAL, "unrelated real patches")):
        yield _lower(scores, metric, series, words)


def _distribution(scores: Scores) -> Iterator[Reason]:
    metric = _first_known(scores, DISTRIBUTION)
    for series, words in TRIVIAL.items():
        yield _lower(scores, metric, series, words)
    label, found = _label(metric), nearest_trivial(scores, metric)
    ours, real = scores.value(metric), scores.value(metric, REAL)
    if ours.value is None or real.value is None or found is None:
        yield _missing(metric, USABLE, label, REAL, ours.status if ours.value is None else "")
        return
    series, flat = found
    share = gap_closed(flat, ours.value, real.value)
    if share is None or flat < real.value:
        why = f"{TRIVIAL[series]} ({_n(flat)}) are as near as two real sets ({_n(real.value)})"
        yield _missing(metric, USABLE, label, REAL, why)
        return
    text = (
        f"{label} {_n(ours.value)} closes {share:.2f} of the gap between {TRIVIAL[series]}"
        f" ({_n(flat)}) and two real sets ({_n(real.value)}); a usable model has to close"
        f" {GAP_SHARE:.2f}"
    )
    passed = share >= GAP_SHARE
    yield Reason(metric, USABLE, ours.value, REAL, real.value, GAP_SHARE, passed, text)


def _objects(scores: Scores) -> Iterator[Reason]:
    names = [name for name in scores.objects() if name not in REGIONS]
    if not names and scores.found_again:
        yield _labels(scores.found_again)
    elif not names:
        table = scores.resegmentation
        why = str(table["status"].iloc[0]) if len(table) else "no image was segmented again"
        yield _missing("f1", BETTER, "F1", "real", why)
    for name in names:
        yield _near_real(scores, name, 0.5, BETTER)
        yield _near_real(scores, name, 0.8, USABLE)


def _labels(found: FoundAgain) -> Reason:
    metric, label = "found_again", f"Dice of the labels that {found.network} finds"
    if found.made is None or found.real is None:
        why = f"none reaches {LEAST_DICE} in real images"
        return _missing(metric, BETTER, label, "real", why)
    least = found.real - F1_MARGIN
    text = (
        f"{label} in real images, {found.labels}, is {found.real:.3f} there and {found.made:.3f} in"
        f" made images; it may be {F1_MARGIN:.2f} lower"
    )
    passed = found.made >= least
    return Reason(metric, BETTER, found.made, "real", found.real, least, passed, text)


def _near_real(scores: Scores, name: str, iou: float, asked_for: str) -> Reason:
    metric = f"{name}_f1" + ("" if iou == 0.5 else "_80")
    label = f"F1 of {name} at IoU {iou}"
    ours, real = (scores.object_f1(name, series, iou) for series in ("generator", "real"))
    if ours.value is None or real.value is None:
        return _missing(metric, asked_for, label, "real", ours.status)
    least = real.value - F1_MARGIN
    text = (
        f"{label} {ours.value:.3f}, of the real image segmented alike {real.value:.3f}; it may be"
        f" {F1_MARGIN:.2f} lower"
    )
    return Reason(
        metric, asked_for, ours.value, "real", real.value, least, ours.value >= least, text
    )


def _manifold(scores: Scores) -> Iterator[Reason]:
    """What is made looks real (precision), and what is real is made (recall)."""
    for metric in MANIFOLD:
        ours, real = scores.measure(metric), scores.measure(metric, REAL)
        label = metric.capitalize()
        if ours.value is None or real.value is None:
            yield _missing(metric, USABLE, label, REAL, ours.status)
            continue
        least = MANIFOLD_SHARE * real.value
        text = (
            f"{label} {ours.value:.2f}, of two real sets {real.value:.2f}; a usable model has to"
            f" reach {least:.2f}, {MANIFOLD_SHARE:.2f} of that"
        )
        yield Reason(metric, USABLE, ours.value, REAL, real.value, least, ours.value >= least, text)


def _lower(scores: Scores, metric: str, series: str, words: str) -> Reason:
    """Return whether a distance is below that of another series, as any model's has to be."""
    label, ours, other = _label(metric), scores.value(metric), scores.value(metric, series)
    if ours.value is None or other.value is None:
        missing = ours if ours.value is None else other
        return _missing(metric, BETTER, f"{label} against {words}", series, missing.status)
    text = f"{label} {_n(ours.value)}, of {words} {_n(other.value)}; it has to be lower"
    passed = ours.value < other.value
    return Reason(metric, BETTER, ours.value, series, other.value, other.value, passed, text)


def _missing(metric: str, asked_for: str, label: str, series: str, why: str) -> Reason:
    text = f"{label} could not be judged: {'not measured' if why in ('', 'ok') else why}"
    return Reason(metric, asked_for, None, series, None, None, None, text)


def _label(metric: str) -> str:
    return BY_NAME[metric].label.split(" (")[0]


def _n(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
