"""A picture that another method is for, and free ground that is no wound, are told."""

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.config.segmentation import parse_segmentation
from cytoforge.images.image import ChannelRange, Image
from cytoforge.segmentation.checks import gap_tissue, kind, other_nuclei
from cytoforge.segmentation.checks.result import CheckResult
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

LIGHT = {  # (Y, X) of made-up cells: bright on dark, dark on bright with bright halos, and stained
    "fluorescence": (20, 200, 60),
    "phase contrast": (150, 90, 220),
}


def made_picture(shows: str) -> Image:
    """Return 16 discs with rims on a ground."""
    rows, columns = np.mgrid[:160, :160] % 40 - 20
    far = np.hypot(rows, columns)
    ground, inside, rim = LIGHT[shows]
    grey = np.where(far < 9, inside, np.where(far < 12, rim, ground)).astype(np.uint8)
    return Image("f", grey[None], ("grey",), (ChannelRange(0, 255, "none"),))


def kind_said(image: Image, method: str) -> CheckResult:
    """Return what the check says of a picture, whatever was found in it."""
    nothing = Segmentation({"nuclei": ObjectPlane(np.zeros(image.shape, np.int32))}, "by hand")
    return kind.check(image, nothing, parse_segmentation({"method": method}))


@pytest.mark.parametrize(
    ("method", "shows", "advice"),
    [
        ("watershed", "fluorescence", ""),
        ("watershed", "phase contrast", "use `method: phase`"),
        ("phase", "phase contrast", ""),
        ("phase", "fluorescence", "use `method: watershed`"),
    ],
)
def test_a_picture_that_another_method_is_for_is_told(method: str, shows: str, advice: str):
    found = kind_said(made_picture(shows), method)
    assert (found.passed, found.advice) == (not advice, advice)


def test_tissue_and_grey_cells_are_told_by_their_colours():
    stained = np.full((3, 160, 160), 240, np.uint8)
    stained[:, 40:80, 40:80] = np.array([110, 60, 160], np.uint8)[:, None, None]
    ranges = (ChannelRange(0, 255, "none"),) * 3
    tissue = Image("f", stained, ("red", "green", "blue"), ranges)
    assert "method: stain" in kind_said(tissue, "phase").advice
    assert kind_said(tissue, "stain").passed
    grey = Image("f", made_picture("phase contrast").pixels.repeat(3, 0), tissue.channels, ranges)
    assert "method: phase" in kind_said(grey, "stain").advice


def test_free_ground_among_scattered_cells_is_no_wound():
    rows, columns = np.mgrid[:600, :600]
    scattered = (np.hypot(rows % 120 - 60, columns % 120 - 60) < 18).astype(np.int32)
    wound = np.ones((600, 600), np.int32)
    wound[:, 200:400] = 0
    found = [
        gap_tissue.check(
            made_picture("phase contrast"),
            Segmentation({"cells": ObjectPlane(cells), "gap": ObjectPlane(cells == 0)}, "by hand"),
            parse_segmentation({"method": "phase", "gap": {"enabled": True}}),
        )
        for cells in (scattered, wound)
    ]
    assert [one.passed for one in found] == [False, True]
    assert "gap.method: texture" in found[0].advice


def made_channels(beside: str) -> Image:
    """Return cells of radius 16 in `actin`, nuclei of radius 8 in `dna`, and a third channel."""
    rows, columns = np.mgrid[:160, :160] % 40 - 20
    far = np.hypot(rows, columns)
    shown = {
        "nothing": far < 0,
        "spots": np.hypot(rows - 3, columns) < 1.5,
        "envelope": (far > 6) & (far < 9),
        "cytoplasm": (far > 8) & (far < 16),
    }[beside]
    planes = np.stack([far < 8, shown, far < 16]) * np.uint8(200) + np.uint8(10)
    ranges = (ChannelRange(0, 255, "none"),) * 3
    return Image("f", planes.astype(np.uint8), ("dna", "other", "actin"), ranges)


@pytest.mark.parametrize("beside", ["nothing", "spots", "envelope", "cytoplasm"])
def test_nuclei_that_another_channel_shows_are_told(beside: str):
    image = made_channels(beside)
    found = {}
    for channel in ("dna", "actin"):
        labels = ndimage.label(image.channel(channel) > 100)[0].astype(np.int32)
        seen = Segmentation({"nuclei": ObjectPlane(labels)}, "by hand")
        config = parse_segmentation({"method": "watershed", "nuclei_channel": channel})
        found[channel] = other_nuclei.check(image, seen, config)
    assert found["dna"].passed
    assert not found["actin"].passed
    assert "set `nuclei_channel: dna`" in found["actin"].advice


def test_one_channel_and_colours_are_not_asked_for_others():
    seen = Segmentation({"nuclei": ObjectPlane(np.ones((160, 160), np.int32))}, "by hand")
    one = other_nuclei.check(
        made_picture("fluorescence"), seen, parse_segmentation({"method": "watershed"})
    )
    assert one.passed and one.value is None
