"""Parts 2 and 3 of the page: what was found."""

from pathlib import Path

from cytoforge.jobs.atomic import write_json
from cytoforge.report.label_part import segmentation_part
from cytoforge.report.render import render
from cytoforge.report.results import Results
from cytoforge.segmentation.methods.pixels.classifier_file import Learned

LEARNED = Learned(
    classes=("background", "cell"),
    channels=("dna",),
    scales_px=(1.0,),
    out_of_bag=0.0123,
    new_strokes=0.25,
    pixels=(40, 30),
    images=("a",),
)
CONFIG = {
    "segmentations": {"cells": {"method": "pixels", "gap": {"enabled": False}}},
    "references": {"level4": {"segmentation": "cells"}},
    "datasets": {"tiles": {"reference": "level4"}},
    "models": {"m": {"dataset": "tiles"}},
}


def test_a_classifier_tells_what_it_learned_from_and_both_errors(tmp_path: Path):
    write_json(tmp_path / "segmentation" / "cells" / "classifier.json", LEARNED.card())
    part = segmentation_part(Results(tmp_path, CONFIG, ()))
    page = render(
        {"segmentation": part, "references": {"blocks": [], "layered": False}}, "labels.html.j2"
    )
    assert (
        "Learned from 40 pixels of background, 30 pixels of cell in a: out-of-bag error 1.2%, on"
        " strokes left out 25.0%." in page
    )


def test_other_methods_have_nothing_to_tell(tmp_path: Path):
    (block,) = segmentation_part(Results(tmp_path, CONFIG, ()))["blocks"]
    assert block["learned"] == ""
