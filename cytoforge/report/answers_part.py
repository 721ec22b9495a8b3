"""The page in short: what its parts answer, each question with one sentence and the way to more."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from cytoforge.report.head_part import OPENINGS


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
    """Return the sentence of each grade with the models that have it, the best grade first."""
    order = list(OPENINGS)
    ranked = sorted(verdicts, key=lambda one: order.index(one["grade"]))
    for grade, found in groupby(ranked, key=lambda one: one["grade"]):
        models = [one["name"] for one in found]
        each = ": each" if len(models) > 1 else ""
        yield f"{', '.join(models)}{each} {OPENINGS[grade]}."


def _of_maps(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        told = " ".join(one["text"] for one in block["verdicts"] if one["name"] != "layout")
        yield f"{block['name']} ({block['source']}): {told}"


def _of_benchmarks(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        told = " ".join(one["text"] for one in block["answers"])
        yield f"{block['name']}, on set {block['set']}: {told}"
