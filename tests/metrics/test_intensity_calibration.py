"""How bright synthetic images are, in grey values, beside real ones."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.images.image import ChannelRange, Image
from cytoforge.images.ome import write_image
from cytoforge.metrics.intensity_calibration import (
    calibration_table,
    grey_of,
    grey_rows,
    real_rows,
)
from cytoforge.split.region import Region

OWN, TRAINED = ChannelRange(0, 200), ChannelRange(100, 300)


def flat(value: float, scale: ChannelRange, name: str = "a") -> Image:
    return Image(name, np.full((1, 8, 8), value, np.uint16), ("dna",), (scale,))


def region(image: str, split: str) -> Region:
    return Region(image, split, 0, 0, 8, 8, image)


def test_half_bright_in_other_ranges_is_another_grey_value():
    half = flat(100, OWN)
    assert grey_of(half, half.ranges) == {"dna": (100, 0)}
    assert grey_of(half, (TRAINED,)) == {"dna": (200, 0)}


def test_a_generator_of_half_the_contrast_is_said_to_be():
    """Grey values 50 and 150, 75 and 125: the same mean, SD 50 and 25."""
    stripes = np.where(np.arange(8) % 2, 1, -1) * np.ones((1, 8, 8))
    real, made = (
        Image("a", (100 + sd * stripes).astype(np.uint16), ("dna",), (OWN,)) for sd in (50, 25)
    )
    table = calibration_table(grey_rows({"real": real, "generator": made}, region("a", "test")))
    (whole,) = table[table["image"] == "all"].to_dict("records")
    assert (whole["real_sd"], whole["sd"], whole["ratio"]) == pytest.approx((50, 25, 1))
    assert whole["sd_ratio"] == pytest.approx(0.5)


def test_a_generator_twice_as_bright_is_said_to_be():
    """Both are half bright in their own ranges: every score of unit intensities sees no error."""
    sides = {"real": flat(100, OWN), "generator": flat(200, TRAINED), "flat": flat(50, OWN)}
    rows = grey_rows(sides, region("a", "test"))
    assert [(r["series"], r["mean"], r["bias"], r["ratio"]) for r in rows] == [
        ("generator", 200, 100, 2.0),
        ("flat", 150, 50, 1.5),  # a trivial baseline knows the generator's ranges, no better ones
    ]


def test_too_bright_and_too_dark_do_not_cancel():
    rows = []
    for name, grey in (("a", 100), ("b", 200), ("c", 400)):
        sides = {"real": flat(grey, OWN, name), "generator": flat(200, TRAINED, name)}
        rows += grey_rows(sides, region(name, "test"))
    table = calibration_table(rows)
    (whole,) = table[table["image"] == "all"].to_dict("records")
    assert whole["ratio"] == pytest.approx(1)  # factors 2, 1 and 1/2
    assert whole["error_factor"] == pytest.approx(2 ** (2 / 3))
    assert whole["n"] == 3


def test_real_images_are_held_against_training_regions_of_others(tmp_path: Path):
    regions = [region("a", "train"), region("b", "train"), region("c", "test")]
    real = {name: tmp_path / f"{name}.ome.tif" for name in "abc"}
    for name, grey in (("a", 50), ("b", 100), ("c", 200)):
        write_image(real[name], flat(grey, OWN, name))
    sides = {"real": flat(200, OWN, "c"), "generator": flat(150, TRAINED, "c")}
    rows = real_rows(grey_rows(sides, regions[2]), real, regions)
    assert [(r["with_image"], r["ratio"]) for r in rows] == [("a", 0.25), ("b", 0.5)]
