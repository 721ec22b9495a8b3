"""A whole benchmark: every field counted for every segmenter, tables written, failures drawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cytoforge.images.image import Image
from cytoforge.images.picture import write_png
from cytoforge.jobs.atomic import write_json
from cytoforge.metrics.instance_table import InstanceField
from cytoforge.metrics.intervals import f1
from cytoforge.metrics.segmenter_benchmark.benchmark_fields import Contest, Field, fields_of
from cytoforge.metrics.segmenter_benchmark.benchmark_tables import ScoredField, write_benchmark
from cytoforge.metrics.segmenter_benchmark.class_scores import classed_field, write_class_scores
from cytoforge.metrics.segmenter_benchmark.failure_pictures import failure_picture
from cytoforge.metrics.segmenter_benchmark.field_counts import count_field
from cytoforge.segmentation.of_set import found_nothing

TOLD, CLASSES, PICTURES = "benchmark.json", "classes.csv", "pictures"
Counted = dict[str, dict[str, list[ScoredField]]]


@dataclass(frozen=True)
class Worst:
    """The field of the lowest F1 of one segmenter, and its own labels there."""

    f1: float
    field: Field
    truth: np.ndarray
    found: np.ndarray


def run_benchmark(
    contest: Contest,
    read: Callable[[str], Image],
    skipped: Mapping[str, str],
    told: Mapping[str, Any],
    confidence: float,
    output: Path,
) -> None:
    """Write the tables of `write_benchmark` and `write_class_scores`, a picture of each segmenter's
    worst field, and what the page says of the benchmark, into `output`.

    Parameters
    ----------
    read : returns the image of a name, for pictures
    skipped : segmenters that could not run, by name, with why
    told : what the page says beside: the set, the truth
    """
    scored: Counted = {
        name: {segmenter: [] for segmenter in contest.segmenters} for name in contest.objects
    }
    worst: dict[tuple[str, str], Worst] = {}
    classed: dict[tuple[str, str], list[InstanceField]] = {}
    units: list[str] = []
    alone = True
    for field in fields_of(contest):
        units.append(field.unit)
        alone &= field.unit == field.image
        for segmenter in contest.segmenters:
            for name in contest.objects:
                if (found := _found(field, segmenter, name)) is not None:
                    one = _scored(field, segmenter, name, found)
                    scored[name][segmenter].append(one)
                    _note(worst, (name, segmenter), one, field, found)
                if with_classes := classed_field(field, segmenter, name, contest.class_names):
                    classed.setdefault((name, segmenter), []).append(with_classes)
    failed = _failed(scored, skipped)
    noun = "image" if alone else "group"
    write_benchmark(output, scored, failed, confidence, noun)
    write_class_scores(output / CLASSES, classed, contest.class_names, confidence, noun)
    (output / PICTURES).mkdir(parents=True, exist_ok=True)
    shown = {(name, who): one for (name, who), one in worst.items() if scored[name].get(who)}
    pictures = [_draw(output / PICTURES, *key, one, read) for key, one in sorted(shown.items())]
    counted: dict[str, Any] = {"n_fields": len(units), "n_units": len(set(units)), "noun": noun}
    counted["test_only"] = contest.regions is not None
    running = [one for one in contest.segmenters if one not in failed]
    known = {"segmenters": [*running, *failed], "skipped": failed}
    said = {**told, **counted, "objects": list(contest.objects), **known, "pictures": pictures}
    write_json(output / TOLD, said)


def _failed(scored: Counted, skipped: Mapping[str, str]) -> dict[str, str]:
    """Move segmenters that could segment no image at all to those that are skipped, and return
    these; take out what others have failed on of objects that they do not find at all."""
    found = dict(skipped)
    for segmenter in dict.fromkeys(name for of_object in scored.values() for name in of_object):
        lists = [of_object[segmenter] for of_object in scored.values()]
        reasons = {one.status for fields in lists for one in fields}
        if reasons and not any(not reason or found_nothing(reason) for reason in reasons):
            found[segmenter] = min(reasons).removeprefix("skipped: ")
            for of_object in scored.values():
                del of_object[segmenter]
        elif "" in reasons:
            for fields in lists:
                if all(one.status for one in fields):
                    fields.clear()
    return found


def _found(field: Field, segmenter: str, name: str) -> np.ndarray | None:
    """Return the labels found in a field; None where the segmenter does not find such objects.

    What a segmenter fails on is a field in which it has found nothing.
    """
    found = field.found[segmenter]
    return np.zeros_like(field.truth[name]) if isinstance(found, str) else found.get(name)


def _scored(field: Field, segmenter: str, name: str, found: np.ndarray) -> ScoredField:
    why = field.found[segmenter]
    counts = count_field(field.truth[name], found)
    return ScoredField(field.name, field.unit, counts, why if isinstance(why, str) else "")


def _note(
    worst: dict[tuple[str, str], Worst],
    key: tuple[str, str],
    one: ScoredField,
    field: Field,
    found: np.ndarray,
) -> None:
    """Keep the field with the lowest score, the first of several."""
    score = float(f1(one.counts.errors[0]))
    if key not in worst or score < worst[key].f1:
        place = Field(field.image, field.unit, field.box, {}, {})
        worst[key] = Worst(score, place, field.truth[key[0]], found)


def _draw(
    folder: Path, name: str, segmenter: str, one: Worst, read: Callable[[str], Image]
) -> dict[str, Any]:
    """Draw the worst field of a segmenter, and return what the page says below the picture."""
    field = one.field
    shown = failure_picture(read(field.image).crop(*field.box), one.truth, one.found)
    file = f"{name}_{segmenter}.png"
    write_png(folder / file, shown.picture)
    place = [shown.row + field.box[0].start, shown.col + field.box[1].start]
    numbers = {"missed": shown.missed, "invented": shown.invented, "place": place}
    head = {"object": name, "segmenter": segmenter, "image": field.name, "file": file}
    return {**head, "f1": one.f1, **numbers}
