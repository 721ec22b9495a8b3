"""What the page begins with: whether segmentations can be right."""

from pathlib import Path

from cytoforge.report.render import render
from cytoforge.report.results import Results
from cytoforge.report.segmentation_checks_part import segmentation_checks_part
from cytoforge.segmentation.checks.judge import write_results
from cytoforge.segmentation.checks.result import CheckResult
from tests.report.made_up import SHARP

DARK = CheckResult("bright nuclei", False, -1.2, "at least 0", "nuclei are dark", "use another")
NOT_ASKED = CheckResult("gap", True, None, "at most 0.05", "skipped: no gap")


def page_of(root: Path, found: dict[str, list[CheckResult]], checks: str = "stop") -> str:
    """Return the section of results with one segmentation that a reference uses."""
    if found:
        write_results(root / "checks" / "cells.csv", found)
    config = {
        "segmentations": {"cells": {}, "unused": {}},
        "references": {"level4": {"segmentation": "cells"}},
        "checks": checks,
    }
    part = segmentation_checks_part(Results(root, config, ()))
    return render({"segmentation_checks": part}, "segmentation_checks.html.j2")


def test_it_is_green_where_all_checks_passed(tmp_path: Path):
    page = page_of(tmp_path, {"a": [SHARP, NOT_ASKED], "b": [SHARP]})
    assert '<li class="good">' in page
    assert "2 images, all checks passed." in page
    assert '<span class="answer open">not asked</span>' in page


def test_one_image_that_fails_is_named_with_what_helps(tmp_path: Path):
    page = page_of(tmp_path, {"a": [SHARP], "b": [SHARP, DARK]})
    assert '<li class="bad">' in page
    assert "1 of 2 images fail" in page
    assert "<li>b: nuclei are dark. Use another.</li>" in page
    assert "checks: warn" not in page


def test_it_says_that_the_config_goes_on(tmp_path: Path):
    assert "<code>checks: warn</code>" in page_of(tmp_path, {"a": [DARK]}, checks="warn")


def test_label_maps_of_the_user_need_no_segmentation(tmp_path: Path):
    config = {"segmentations": {}, "references": {"mine": {"column": "tissue"}}, "checks": "stop"}
    part = segmentation_checks_part(Results(tmp_path, config, ()))
    page = render({"segmentation_checks": part}, "segmentation_checks.html.j2")
    assert "nothing was segmented" in page


def test_results_without_checks_say_so(tmp_path: Path):
    assert "No checks of segmentations" in page_of(tmp_path, {})
