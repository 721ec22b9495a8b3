"""The guard verdicts on tables small enough to read."""

import pandas as pd

from cytoforge.metrics.verdicts import verdicts

SETS = pd.DataFrame(
    [
        {"series": "generator", "metric": "vgg16_frechet", "value": 3.0, "status": "ok"},
        {"series": "class_means", "metric": "vgg16_frechet", "value": 5.0, "status": "ok"},
        {"series": "generator", "metric": "fid", "value": None, "status": "skipped: no weights"},
        {"series": "class_means", "metric": "fid", "value": None, "status": "skipped: no weights"},
    ]
)
SUMMARY = pd.DataFrame(
    [
        {"series": "generator", "metric": "lpips_vgg", "mean": 0.6, "status": "ok"},
        {"series": "class_means", "metric": "lpips_vgg", "mean": 0.5, "status": "ok"},
    ]
)


def resegmentation(real: float, ours: float) -> pd.DataFrame:
    rows = [
        {"image": "all", "series": "real", "object": "cells", "f1": real, "status": "ok"},
        {"image": "all", "series": "generator", "object": "cells", "f1": ours, "status": "ok"},
    ]
    return pd.DataFrame(rows)


def passed(real: float = 0.9, ours: float = 0.85) -> dict[str, bool | None]:
    return {v.name: v.passed for v in verdicts(SUMMARY, SETS, resegmentation(real, ours))}


def test_lower_distance_than_class_means_passes():
    assert passed()["vgg16_frechet_beats_class_means"] is True
    assert passed()["lpips_vgg_beats_class_means"] is False


def test_what_was_skipped_is_neither_passed_nor_failed():
    found = {v.name: v for v in verdicts(SUMMARY, SETS, resegmentation(0.9, 0.9))}
    assert found["fid_beats_class_means"].passed is None
    assert found["fid_beats_class_means"].text == "skipped: no weights"
    assert found["lpips_alex_beats_class_means"].passed is None


def test_what_is_undefined_is_neither_passed_nor_failed():
    sets = SETS.assign(value=float("nan"), status="ok")
    found = {v.name: v for v in verdicts(SUMMARY, sets, resegmentation(0.9, 0.9))}
    assert found["fid_beats_class_means"].passed is None
    assert found["fid_beats_class_means"].text == "generator: undefined"


def test_f1_may_lie_a_tenth_below_the_real_images_own():
    name = "cells_f1_within_0.10_of_real"
    assert passed(0.9, 0.81)[name] is True
    assert passed(0.9, 0.79)[name] is False


def test_what_could_not_be_segmented_again_says_why():
    table = resegmentation(0.9, 0.9).assign(image="field", status="skipped: own labels")
    found = {v.name: v for v in verdicts(SUMMARY, SETS, table)}
    verdict = found["cells_f1_within_0.10_of_real"]
    assert (verdict.passed, verdict.text) == (None, "skipped: own labels")
