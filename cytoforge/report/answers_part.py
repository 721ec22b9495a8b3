"""The page in short: what its parts answer, each question with one sentence and the way to more."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from cytoforge.metrics.verdicts import BETTER, NOT_JUDGED, NOT_USABLE, USABLE

# What is said of the models of a grade, the best first.
GRADES = {
    USABLE: "near two real sets in all that was asked",
    BETTER: "better than both trivial baselines, and not near enough to stand in for real images",
    NOT_USABLE: "not usable, since what any model has to reach is missed",
    NOT_JUDGED: "not judged, since something is missing",
}


def answers_part(parts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the questions that the parts answer, with their answers and the id of their section.

    parts : by name, as the template has them; a part that is missing or empty answers nothing
    """
    maps = parts.get("drawn_maps") or {"blocks": []}
    head = parts.get("head") or {"verdicts": []}
    asked = (
        ("Are synthetic images as good as real ones?", "result", _of_models(head["verdicts"])),
        (
            "Are translated images as good as real ones?",
            "translations",
            (
                f"{block['name']}: {one['text']}"
                for block in parts.get("translations", ())
                for one in block["verdicts"]
                if one["state"] != "open"
            ),
        ),
        ("Do drawn label maps look like real ones?", "drawn-maps", _of_maps(maps["blocks"])),
        (
            "Is a segmenter that learned from synthetic images as good on real ones?",
            "utility",
            (block["answer"] for block in parts.get("utility", ()) if block["answer"]),
        ),
        ("Which segmenter is best?", "segmenters", _of_benchmarks(parts.get("benchmarks", ()))),
        (
            "Are the volumes like real ones?",
            "volumes",
            (f"{block['name']}: {block['answer']}" for block in parts.get("volumes", ())),
        ),
    )
    found = [(question, section, list(answers)) for question, section, answers in asked]
    return [
        {"question": question, "section": section, "answers": answers}
        for question, section, answers in found
        if answers
    ]


def _of_models(verdicts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Return a sentence per grade, with the models that have it."""
    order = list(GRADES)
    ranked = sorted(verdicts, key=lambda one: order.index(one["grade"]))
    for grade, models in groupby(ranked, key=lambda one: one["grade"]):
        yield f"{', '.join(one['name'] for one in models)}: {GRADES[grade]}."


def _of_maps(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        told = " ".join(one["text"] for one in block["verdicts"] if one["name"] != "layout")
        yield f"{block['name']} ({block['source']}): {told}"


def _of_benchmarks(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        told = " ".join(one["text"] for one in block["answers"])
        yield f"{block['name']}, on set {block['set']}: {told}"
