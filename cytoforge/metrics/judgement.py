"""Whether a model does what the two baselines ask of it, in one word and with the evidence."""

from dataclasses import dataclass

from cytoforge.metrics.score_tables import BY_NAME, CLASS_MEANS, Scores
from cytoforge.metrics.verdicts import F1_MARGIN

# Of each family the first that was computed decides.
PERCEPTION = ("lpips_vgg", "lpips_alex")
DISTRIBUTION = ("vgg16_frechet", "fid")
COLLAPSE = "collapse"


@dataclass(frozen=True)
class Evidence:
    """One number of a model beside that of a baseline, and whether it is good enough.

    A collapse has no number: `label` says what training found.
    """

    metric: str
    label: str
    value: float | None
    baseline: str
    baseline_value: float | None
    passed: bool


@dataclass(frozen=True)
class Judgement:
    """`state` is good, mixed, bad, or unknown where nothing could be compared."""

    model_name: str
    state: str
    evidence: tuple[Evidence, ...]


def judge(scores: Scores, collapsed: str = "") -> Judgement:
    """Hold perception and distribution against class means, and objects against the real images.

    collapsed : what training found wrong with what the kept weights make; "" for nothing
    """
    found = [
        evidence
        for names in (PERCEPTION, DISTRIBUTION)
        if (evidence := _against_class_means(scores, names))
    ]
    objects = [one for name in scores.objects() if (one := _against_real(scores, name))]
    won = [one.passed for one in found]
    if collapsed:
        state = "bad"
        found.insert(0, Evidence(COLLAPSE, collapsed, None, "", None, False))
    elif not found:
        state = "unknown"
    elif all(won) and all(one.passed for one in objects):
        state = "good"
    else:
        state = "mixed" if any(won) else "bad"
    return Judgement(scores.model_name, state, (*found, *objects))


def _against_class_means(scores: Scores, names: tuple[str, ...]) -> Evidence | None:
    for name in names:
        ours, flat = scores.value(name).value, scores.value(name, CLASS_MEANS).value
        if ours is not None and flat is not None:
            label = BY_NAME[name].label.split(" (")[0]
            return Evidence(name, label, ours, CLASS_MEANS, flat, ours < flat)
    return None


def _against_real(scores: Scores, name: str) -> Evidence | None:
    """Return the F1 of one type of object beside that of the real image segmented alike."""
    ours, real = scores.object_f1(name).value, scores.object_f1(name, "real").value
    if ours is None or real is None:
        return None
    return Evidence(f"{name}_f1", name, ours, "real", real, ours >= real - F1_MARGIN)
