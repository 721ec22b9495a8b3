"""Checks pass what is right and fail what is not, and say which setting helps."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.config.segmentation import SegmentationBase, parse_segmentation
from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.jobs.atomic import write_json
from cytoforge.segmentation.checks import (
    agreement,
    focus,
    gap_outline,
    missed,
    pieces,
    polarity,
    shading,
    size,
)
from cytoforge.segmentation.checks.judge import read_results, refuse_bad, warnings_of, write_results
from cytoforge.segmentation.checks.lines import share_of_lines
from cytoforge.segmentation.checks.missed import found_share, near_share
from cytoforge.segmentation.checks.result import CheckResult
from cytoforge.segmentation.checks.run import run_checks
from cytoforge.segmentation.moments import label_moments
from cytoforge.segmentation.registry import segment
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from tests.segmentation.conftest import blobs, image_of

CENTRES = tuple((r, c) for r in range(18, 170, 34) for c in range(20, 170, 37))
NO_GAP = {"gap": {"enabled": False}}
GOOD = CheckResult("bright nuclei", True, 1.0, "at least 0", "nuclei are bright")
BAD = CheckResult(
    "bright nuclei", False, -1.0, "at least 0", "nuclei are darker than the ground", "use stain"
)


def field(**changes: float) -> Image:
    """Return 25 nuclei of 14 px on a field of 170 px."""
    return image_of(blobs(CENTRES, (170, 170), **changes))


def failed(image: Image, **settings: object) -> list[str]:
    """Return the names of the checks that fail on an image segmented with settings."""
    config = parse_segmentation({**NO_GAP, **settings})
    return [r.name for r in run_checks(image, segment(image, config), config) if not r.passed]


def hand_made(labels: np.ndarray) -> Segmentation:
    return Segmentation({"nuclei": ObjectPlane(labels)}, "by hand")


def test_bright_sharp_nuclei_pass_every_check():
    assert failed(field(), nucleus_diameter_px=14) == []


def test_dark_nuclei_fail_and_the_advice_names_another_method():
    dark = field(brightness=-100, ground=150)
    config = parse_segmentation({**NO_GAP, "nucleus_diameter_px": 14})
    found = polarity.check(dark, segment(field(), config), config)
    assert not found.passed
    assert found.sentence.startswith("nuclei are darker than the ground")
    assert "method: stain" in found.advice


def test_a_blurred_field_is_out_of_focus():
    blurred = ndimage.gaussian_filter(blobs(CENTRES, (170, 170)), 7)
    assert focus.NAME in failed(image_of(10 * blurred), nucleus_diameter_px=14)


def test_contrast_does_not_change_how_sharp_an_edge_is():
    inside = np.zeros((60, 60), bool)
    inside[20:40, 20:40] = True
    values = [focus.edge_detail(high * inside, inside, 20.0) for high in (1.0, 50.0)]
    assert values[0] == pytest.approx(values[1])


@pytest.mark.parametrize(("given_px", "passes"), [(12, True), (5, False), (40, False)])
def test_objects_are_about_as_wide_as_the_diameter_given(given_px: float, passes: bool):
    labels = np.zeros((60, 60), np.int32)
    labels[5:17, 5:17], labels[30:42, 30:42] = 1, 2  # as large as disks of 13.5 px
    config = parse_segmentation({**NO_GAP, "nucleus_diameter_px": given_px})
    found = size.check(image_of(np.eye(60)), hand_made(labels), config)
    assert (found.passed, found.value) == (passes, pytest.approx(13.54 / given_px, rel=0.01))


@pytest.mark.parametrize(("side", "passes"), [(60, True), (30, False)])
def test_objects_are_small_beside_the_image(side: int, passes: bool):
    labels = np.zeros((side, 80), np.int32)
    labels[5:17, 5:17] = 1  # as large as a disk of 13.5 px
    image = image_of(np.ones((side, 80)))
    found = size.check_fit(image, hand_made(labels), parse_segmentation(NO_GAP))
    assert found.passed == passes


def test_one_object_is_no_segmentation():
    labels = np.zeros((40, 40), np.int32)
    labels[10:20, 10:20] = 1
    config = parse_segmentation({"method": "labels"})
    image = image_of(np.eye(40))
    names = [r.name for r in run_checks(image, hand_made(labels), config) if not r.passed]
    assert names == ["more than one object"]


def test_bright_parts_of_uneven_light_are_no_objects():
    """Four columns of noisy light that grows to the right, each taken for an object beside ground
    that is darker by the light alone."""
    light = np.linspace(60, 140, 160) * np.ones((120, 1))
    pixels = light + np.random.default_rng(1).normal(0, 1, light.shape)
    labels = np.zeros(light.shape, np.int32)
    for number, left in enumerate((25, 65, 105, 145), 1):
        labels[:, left : left + 15] = number  # ground to its left; to its right the edge or ground
    labels[:, 30:40] = labels[:, 70:80] = 0
    found = shading.check(image_of(pixels), hand_made(labels), parse_segmentation(NO_GAP))
    assert found.value == pytest.approx(1, abs=0.3)
    assert not found.passed
    assert "images.shading: per_image" in found.advice


def test_nuclei_in_uneven_light_are_objects():
    light = np.linspace(0.5, 1.5, 170)
    shaded = image_of(blobs(CENTRES, (170, 170)) * light)
    config = parse_segmentation({**NO_GAP, "nucleus_diameter_px": 14})
    found = shading.check(shaded, segment(field(), config), config)
    assert found.value == pytest.approx(0, abs=0.03)
    assert found.passed


def test_halves_of_a_nucleus_touch_and_neighbours_apart_do_not():
    halves = np.array([[0, 0, 0, 0], [0, 1, 2, 0], [0, 1, 2, 0], [0, 0, 0, 0]], np.int32)
    apart = np.zeros((4, 9), np.int32)
    apart[1:3, 1:3], apart[1:3, 6:8] = 1, 2
    assert pieces.touching_share(halves) == 1.0
    assert pieces.touching_share(apart) == 0.0


@pytest.mark.parametrize("sign", [1, -1])
def test_half_of_the_nuclei_missed_is_half_of_what_stands_out(sign: int):
    """Four equal squares, bright or dark, of which the segmentation has two."""
    labels = np.zeros((60, 60), np.int32)
    for number, (row, col) in enumerate(((5, 5), (5, 35), (35, 5), (35, 35)), start=1):
        labels[row : row + 20, col : col + 20] = number
    pixels = sign * (labels > 0).astype(np.float32)
    assert found_share(pixels, labels) == 1
    assert found_share(pixels, np.where(labels > 2, 0, labels)) == pytest.approx(0.5, abs=0.02)


def test_half_of_the_rough_patches_missed_is_half_of_what_is_rough():
    """Two equal patches of noise on smooth ground, of which the segmentation has both, or one."""
    labels = np.zeros((200, 400), np.int32)
    labels[60:140, 60:140], labels[60:140, 260:340] = 1, 2
    noise = np.random.default_rng(0).normal(0, 1, labels.shape)
    pixels = 100 + noise * np.where(labels > 0, 20, 0.5)
    assert near_share(pixels, labels, 10) == pytest.approx(1, abs=0.03)
    assert near_share(pixels, labels * (labels == 1), 10) == pytest.approx(0.5, abs=0.03)


def test_cells_of_phase_contrast_that_are_missed_are_told_with_what_helps():
    labels = np.zeros((200, 400), np.int32)
    labels[60:140, 60:140] = 1
    noise = np.random.default_rng(0).normal(0, 1, labels.shape)
    noise[:, 150:250] *= 0.02
    found = Segmentation({"cells": ObjectPlane(labels)}, "by hand")
    phase = parse_segmentation({**NO_GAP, "method": "phase"})
    result = missed.check(image_of(100 + 10 * noise), found, phase)
    assert not result.passed
    assert "cytoplasm_channel: inverted" in result.advice


def test_what_helps_a_method_without_nuclei_names_none():
    labels = np.zeros((40, 40), np.int32)
    labels[5:35, 5:35] = 1
    found = Segmentation({"cells": ObjectPlane(labels)}, "by hand")
    phase = parse_segmentation({**NO_GAP, "method": "phase"})
    for check in (size.check_count, size.check_fit):
        result = check(image_of(np.eye(40)), found, phase)
        assert not result.passed
        assert "cell_diameter_px" in result.advice
        assert "nucle" not in result.advice


def test_a_picture_of_one_grey_value_has_nothing_to_miss():
    assert found_share(np.ones((9, 9), np.float32), np.eye(9, dtype=np.int32)) == 1


def test_area_in_lines_is_counted_and_spindles_are_cells():
    labels = np.zeros((100, 100), np.int32)
    labels[10:20, 10:20] = 1  # 100 px, a square
    labels[40:44, 10:35] = 2  # 100 px, six times as long as wide, a quarter of the image
    moments = label_moments(labels).take(np.array([1, 2]))
    assert share_of_lines(moments, round_ones=True, side_px=100) == 0.5
    assert share_of_lines(moments, round_ones=False, side_px=100) == 0.0


def test_a_half_moon_is_bent():
    rows, cols = np.mgrid[:60, :60]
    ring = np.abs(np.hypot(rows - 30, cols - 30) - 20) < 3
    labels = (ring & (rows < 30)).astype(np.int32)
    moments = label_moments(labels).take(np.array([1]))
    assert share_of_lines(moments, round_ones=True, side_px=60) == 1.0


def test_what_changes_with_the_view_does_not_agree(monkeypatch: pytest.MonkeyPatch):
    image, config = field(), parse_segmentation({**NO_GAP, "nucleus_diameter_px": 14})
    found = segment(image, config)
    assert agreement.check(image, found, config).passed

    def elsewhere(part: Image, known: Segmentation, config: SegmentationBase) -> Segmentation:
        nuclei = known["nuclei"][: part.shape[0], : part.shape[1]]
        return hand_made(np.roll(nuclei, 17, axis=(0, 1)))

    monkeypatch.setattr(agreement, "segment_like", elsewhere)
    assert not agreement.check(image, found, config).passed


def band_with_disc() -> tuple[np.ndarray, np.ndarray]:
    """Return a disc of 35 px, and what is occupied above and below a band of 50 px it lies in."""
    rows, cols = np.mgrid[:120, :200]
    occupied = np.abs(rows - 60) > 25
    return (np.hypot(rows - 60, cols - 100) <= 35) & ~occupied, occupied


@pytest.mark.parametrize(
    ("method", "named"),
    [("watershed", "`stain` for"), ("phase", "inverted"), ("stain", "haematoxylin")],
)
def test_what_helps_where_results_do_not_agree_is_the_methods_own(
    monkeypatch: pytest.MonkeyPatch, method: str, named: str
):
    image, config = field(), parse_segmentation({**NO_GAP, "method": method})
    found = segment(image, parse_segmentation({**NO_GAP, "nucleus_diameter_px": 14}))
    monkeypatch.setattr(
        agreement, "segment_like", lambda part, *_: hand_made(np.zeros(part.shape, np.int32))
    )
    result = agreement.check(image, found, config)
    assert not result.passed and named in result.advice


def test_a_disc_in_a_wound_leaves_ground_beyond_its_arcs():
    disc, occupied = band_with_disc()
    # Ground at least half as wide as the widest is 25 px high; the disc covers 70 of 200 columns.
    assert gap_outline.ground_beyond_arcs(disc, occupied) == pytest.approx(0.65, abs=0.05)


def test_the_whole_wound_ends_in_no_arc():
    _, occupied = band_with_disc()
    assert gap_outline.ground_beyond_arcs(~occupied, occupied) == 0.0


def test_a_gap_cut_straight_is_no_circle():
    _, occupied = band_with_disc()
    half = ~occupied
    half[:, 100:] = False
    assert gap_outline.ground_beyond_arcs(half, occupied) == 0.0


def test_a_user_s_labels_are_not_measured_against_the_image():
    config = parse_segmentation({"method": "labels"})
    labels = np.zeros((40, 40), np.int32)
    labels[2:5, 2:30], labels[6:9, 2:30] = 1, 2
    results = run_checks(image_of(np.eye(40)), hand_made(labels), config)
    assert {r.name for r in results if r.value is not None} == {"more than one object"}


def test_one_bad_image_among_three_is_named_and_the_run_goes_on():
    results = {"a": [GOOD], "b": [BAD], "c": [GOOD]}
    refuse_bad("cells", results, "overlays", "stop")
    (line,) = warnings_of(results, "overlays")
    assert line == "b: nuclei are darker than the ground; look at overlays/b.png; use stain"


@pytest.mark.parametrize(
    "results", [{"a": [BAD]}, {"a": [BAD], "b": [GOOD], "c": [GOOD, BAD]}], ids=["only", "most"]
)
def test_most_images_bad_stop_the_run_with_reason_picture_and_setting(results):
    with pytest.raises(UserError) as refusal:
        refuse_bad("cells", results, "overlays", "stop")
    text = str(refusal.value)
    for part in ("overlays/a.png", "darker than the ground", "use stain", "`checks: warn`"):
        assert part in text
    refuse_bad("cells", results, "overlays", "warn")


def test_half_of_the_images_bad_do_not_stop_it():
    refuse_bad("cells", {"a": [BAD], "b": [GOOD]}, "overlays", "stop")


def test_results_come_back_from_their_files(tmp_path):
    skipped = replace(GOOD, value=None)
    write_json(tmp_path / "a.json", [BAD.as_row(), skipped.as_row()])
    results = read_results({"a": tmp_path / "a.json"})
    assert results == {"a": [BAD, skipped]}
    write_results(tmp_path / "t.csv", results)
    assert (tmp_path / "t.csv").read_text().splitlines()[1].startswith("a,bright nuclei,no,-1,")
