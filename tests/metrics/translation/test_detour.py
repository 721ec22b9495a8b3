"""Whether the detour over made H&E pays, and when that cannot be answered."""

import numpy as np
import pytest

from cytoforge.metrics.translation.detour import does_the_detour_pay
from cytoforge.metrics.translation.translation_fields import Photo
from cytoforge.segmentation.centroid_matching import centroids
from cytoforge.segmentation.matching import match_instances
from cytoforge.segmentation.stained_regions import deconvolved_nuclei
from tests.metrics.translation.fields import CENTRES, disks, ihc


def fields(n: int, found: int) -> list[Photo]:
    """Fields of IHC in which a network finds so many of four nuclei (one fewer in every third)."""
    photos = [ihc(f"f{k}") for k in range(n)]
    nuclei = [disks(CENTRES[: found - (k % 3 == 0)]) for k in range(n)]
    return [Photo(p.name, p.unit, p.rgb, {"net": m}) for p, m in zip(photos, nuclei, strict=True)]


def blank(photos: list[Photo]) -> list[Photo]:
    """The same fields, so pale that colour deconvolution finds specks of noise alone."""
    pale = np.random.default_rng(0).integers(236, 240, (64, 64, 3)).astype(np.uint8)
    return [Photo(p.name, p.unit, pale, p.nuclei) for p in photos]


def truth(n: int) -> dict[str, np.ndarray]:
    return {f"f{k}": centroids(disks()) for k in range(n)}


def test_deconvolution_finds_blue_and_brown_nuclei():
    found = deconvolved_nuclei(ihc("a", brown=2).rgb)
    assert match_instances(disks(), found, 0.7).f1 == 1


def test_ahead_of_both_over_six_fields():
    detour = does_the_detour_pay(blank(fields(6, 2)), fields(6, 4), "net", truth(6))
    assert detour.verdict.passed is True
    assert detour.verdict.text.endswith("The detour pays.")
    rows = detour.table.set_index("way")
    assert rows.loc["made", "f1"] == pytest.approx(2 * 22 / (22 + 24))
    assert rows.loc["untranslated", "units_better"] == 6
    assert rows.loc["untranslated", "difference_low"] > 0
    assert rows.loc["deconvolution", "segmenter"] == "deconvolution"


def test_of_three_fields_it_cannot_be_answered():
    verdict = does_the_detour_pay(blank(fields(3, 2)), fields(3, 4), "net", truth(3)).verdict
    assert verdict.passed is None
    assert "3 images are too few for an interval" in verdict.text


def test_deconvolution_that_finds_all_is_not_beaten():
    detour = does_the_detour_pay(fields(6, 2), fields(6, 3), "net", truth(6))
    assert detour.verdict.passed is False
    assert detour.table.set_index("way").loc["deconvolution", "difference"] < 0


def test_instances_are_scored_where_there_are_true_labels():
    labels = {f"f{k}": disks() for k in range(3)}
    table = does_the_detour_pay(fields(3, 2), fields(3, 4), "net", truth(3), labels).table
    rows = table.set_index("way")
    assert rows.loc["made", "sq"] == 1  # outlines are exact
    assert rows.loc["made", "pq"] == pytest.approx(np.mean([6 / 7, 1, 1]))


def test_without_true_points_nothing_is_said():
    detour = does_the_detour_pay(fields(3, 2), fields(3, 4), "net", {})
    assert (len(detour.table), detour.verdict.passed) == (0, None)
