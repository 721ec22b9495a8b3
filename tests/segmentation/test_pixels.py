"""A classifier of pixels, learned from scribbles."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from pydantic import ValidationError
from scipy import ndimage
from sklearn.ensemble import RandomForestClassifier

from cytoforge.errors import NoCellsError, UserError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.in_bands import segment_bands
from cytoforge.segmentation.methods.pixels.classes import class_map
from cytoforge.segmentation.methods.pixels.classifier_file import read_classifier, write_classifier
from cytoforge.segmentation.methods.pixels.config import PixelsConfig
from cytoforge.segmentation.methods.pixels.features import feature_names, features_of
from cytoforge.segmentation.methods.pixels.fit import ScribbledPixels, as_arrays, fit_forest
from cytoforge.segmentation.methods.pixels.learn import ScribbledImage, learn_classifier
from cytoforge.segmentation.methods.pixels.objects import (
    cells_around,
    split_pieces,
    typical_width_px,
)
from cytoforge.segmentation.methods.pixels.scribble_columns import check_scribbles
from cytoforge.segmentation.methods.pixels.scribbles import scribbles_of
from cytoforge.segmentation.registry import segment
from tests.segmentation.conftest import blobs, image_of

FEW = {"trees": 10, "scales_px": (0.7, 1.6, 3.5)}


@pytest.fixture
def field() -> Image:
    """Eight cells of 26 px, of which two touch."""
    return image_of(blobs(radius=13.0, brightness=60.0))


@pytest.fixture
def scribbles(tmp_path) -> str:
    """Two strokes over cells (2), one of them to the border, and two beside them (1)."""
    plane = np.zeros((125, 120), np.uint8)
    plane[20, 8:32], plane[90:112, 25] = 2, 2
    plane[43, 5:60], plane[118, 60:100] = 1, 1
    tifffile.imwrite(tmp_path / "scribbles.tif", plane)
    return str(tmp_path / "scribbles.tif")


@pytest.fixture
def learned(field, scribbles, tmp_path) -> PixelsConfig:
    config = PixelsConfig(**FEW)
    source = ScribbledImage("field", lambda: field, scribbles)
    write_classifier(tmp_path / "classifier.safetensors", learn_classifier([source], config, 1))
    return config.model_copy(update={"classifier": str(tmp_path / "classifier.safetensors")})


def test_cells_are_found_where_nobody_scribbled(field, learned):
    result = segment(field, learned)
    assert result["cells"].max() == 8
    assert set(result.objects) == {"cells"}
    truth = blobs(radius=13.0, brightness=60.0) > 40
    found = result["cells"] > 0
    assert (truth & found).sum() / (truth | found).sum() > 0.9
    assert "out-of-bag error" in result.method
    assert "on strokes left out" in result.method


def test_where_nothing_is_found_it_asks_for_scribbles(field, learned):
    empty = replace(image_of(blobs(centres=())), ranges=field.ranges)
    with pytest.raises(NoCellsError, match="scribble on cells that look like"):
        segment(empty, learned)


def test_the_file_holds_arrays_and_the_same_bytes_each_time(field, scribbles, learned, tmp_path):
    again = tmp_path / "again.safetensors"
    source = ScribbledImage("field", lambda: field, scribbles)
    write_classifier(again, learn_classifier([source], PixelsConfig(**FEW), 1))
    assert again.read_bytes() == (tmp_path / "classifier.safetensors").read_bytes()
    assert read_classifier(again).learned.pixels == (95, 46)


def test_what_val_and_test_show_teaches_nothing(field, scribbles):
    """The strip of train is the upper half, in which the lower strokes do not lie."""
    half = SimpleNamespace(bands=lambda shape: [(slice(0, 62), slice(0, 120))])
    config = PixelsConfig(**FEW)
    changed = image_of(np.where(np.arange(125)[:, None] < 62, field.pixels[0], 7))
    of_half, of_changed = (
        learn_classifier([ScribbledImage("field", lambda i=i: i, scribbles, half)], config, 1)
        for i in (field, Image("field", changed.pixels, field.channels, field.ranges))
    )
    assert of_half.learned.pixels == (55, 24)
    np.testing.assert_array_equal(of_half.forest.threshold, of_changed.forest.threshold)


def test_strips_are_segmented_one_by_one(field, learned):
    upper = slice(0, 62), slice(0, 120)
    both = segment_bands(field, [upper, (slice(62, 125), slice(0, 120))], learned)
    alone = segment(field.crop(*upper), learned)
    np.testing.assert_array_equal(both["cells"][:62] > 0, alone["cells"] > 0)


def test_tiles_have_the_features_of_the_whole():
    unit = np.random.default_rng(0).random((1, 90, 100)).astype(np.float32)
    whole = features_of(unit, (slice(0, 90), slice(0, 100)), (0.3, 1.6, 5))
    tile = features_of(unit, (slice(50, 70), slice(60, 64)), (0.3, 1.6, 5))
    np.testing.assert_allclose(tile, whole[50:70, 60:64], atol=1e-6)


def test_features_of_a_ramp_and_of_a_parabola():
    """Of x/100 the gradient is 1/100 and all second derivatives are 0; of x²/1000 the larger
    eigenvalue of the Hessian, and the Laplacian, are 2/1000."""
    x = np.arange(61.0) - 30
    planes = np.stack([np.tile(x / 100, (61, 1)), np.tile(x * x / 1000, (61, 1))])
    centre = slice(30, 31), slice(30, 31)
    values = features_of(planes.astype(np.float32), centre, (3.5,))[0, 0]
    named = dict(zip(feature_names(("ramp", "bowl"), (3.5,)), values, strict=True))
    assert named["ramp, gradient magnitude at 3.5 px"] == pytest.approx(0.01, rel=0.02)
    assert named["ramp, structure tensor, larger at 3.5 px"] == pytest.approx(1e-4, rel=0.03)
    assert named["ramp, Hessian, larger at 3.5 px"] == pytest.approx(0, abs=1e-5)
    assert named["bowl, Hessian, larger at 3.5 px"] == pytest.approx(0.002, rel=0.05)
    assert named["bowl, Laplacian of Gaussian at 3.5 px"] == pytest.approx(0.002, rel=0.05)


def test_the_arrays_say_what_scikit_learn_says():
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 4)).astype(np.float32)
    forest = RandomForestClassifier(7, random_state=0).fit(x, (x[:, 0] > x[:, 1]) + (x[:, 2] > 1))
    new = random.normal(size=(5000, 4)).astype(np.float32)
    np.testing.assert_allclose(
        as_arrays(forest).probabilities(new), forest.predict_proba(new), atol=1e-6
    )


def test_the_error_on_new_strokes_sees_what_out_of_bag_does_not():
    """Every stroke has its own grey value: pixels tell strokes apart, and nothing of a new one."""
    strokes = np.repeat(np.arange(10), 30)
    features = (strokes * 7 % 10)[:, None] + np.random.default_rng(0).normal(0, 0.01, (300, 1))
    pixels = ScribbledPixels(features.astype(np.float32), strokes % 2, strokes)
    _, errors = fit_forest(pixels, 20, 1)
    assert errors.out_of_bag == 0
    assert errors.new_strokes is not None
    assert errors.new_strokes > 0.3


def test_a_single_stroke_of_a_class_cannot_be_left_out():
    pixels = ScribbledPixels(
        np.arange(20, dtype=np.float32)[:, None], np.arange(20) // 10, np.arange(20) // 10
    )
    assert fit_forest(pixels, 5, 1)[1].new_strokes is None


def test_scribbles_are_strokes_of_classes():
    plane = np.array([[1, 0, 1], [0, 0, 1], [3, 0, 2]])
    found = scribbles_of(plane, {1: "ground", 2: "cell", 3: "cell"}, ("ground", "cell"), "here")
    np.testing.assert_array_equal(found.classes, [0, 0, 0, 1, 1])
    assert len(np.unique(found.strokes)) == 4


def test_a_value_without_a_meaning_is_named():
    with pytest.raises(UserError, match="7") as error:
        scribbles_of(np.array([[1, 7]]), {1: "background", 2: "cell"}, ("background", "cell"), "x")
    assert "1 background, 2 cell" in str(error.value)


def test_two_disks_that_touch_are_two_and_a_ragged_one_is_one():
    rows, cols = np.mgrid[:60, :120]
    pair = (np.hypot(rows - 30, cols - 30) < 15) | (np.hypot(rows - 30, cols - 57) < 15)
    ragged = np.hypot(rows - 30, cols - 95) < 14 + np.random.default_rng(0).normal(0, 1, (60, 120))
    labels = split_pieces(pair, 30, 0.1)
    assert labels[30, 30] != labels[30, 57]
    assert labels.max() == 2
    assert split_pieces(ragged, 30, 0.1).max() == 1


def test_each_nucleus_has_its_cell_and_a_piece_without_one_is_a_cell_too():
    mask = np.zeros((20, 60), bool)
    mask[4:16, 2:34] = mask[4:16, 44:56] = True
    nuclei = np.zeros(mask.shape, np.int32)
    nuclei[8:12, 6:10], nuclei[8:12, 26:30] = 1, 2
    cells = cells_around(nuclei, mask, 12, 0.1)
    np.testing.assert_array_equal(cells > 0, mask)
    assert (cells[10, 3], cells[10, 32]) == (1, 2)
    assert cells[10, 50] == 3


def test_other_classes_are_masks_and_no_cell_reaches_into_them(tmp_path):
    """Left third: gap; middle: debris, rough; right: cells."""
    random = np.random.default_rng(0)
    grey = np.full((60, 90), 10.0) + random.normal(0, 1, (60, 90))
    grey[:, 30:60] += random.normal(0, 30, (60, 30))
    grey[:, 60:] += 80
    plane = np.zeros(grey.shape, np.uint8)
    plane[10:50:8, 8:22], plane[10:50:8, 38:52], plane[10:50:8, 68:82] = 4, 5, 2
    tifffile.imwrite(tmp_path / "s.tif", plane)
    config = PixelsConfig(values={2: "cell", 4: "gap", 5: "debris"}, **FEW)
    image = image_of(grey + 100)
    learnt = learn_classifier(
        [ScribbledImage("field", lambda: image, str(tmp_path / "s.tif"))], config, 1
    )
    write_classifier(tmp_path / "c.safetensors", learnt)
    found = segment(
        image, config.model_copy(update={"classifier": str(tmp_path / "c.safetensors")})
    )
    assert found["gap"][:, 5:25].all()
    assert found["debris"][5:55, 35:55].mean() > 0.95
    assert (found["cells"][:, 65:] > 0).all()
    assert not (found["cells"].astype(bool) & (found["gap"] | found["debris"])).any()


def test_it_is_refused_without_a_classifier(field):
    with pytest.raises(UserError, match="scribbles") as error:
        segment(field, PixelsConfig())
    assert "--set classifier=" in error.value.fix


def test_other_classes_than_the_classifiers_are_refused(field, learned):
    other = learned.model_copy(update={"values": {1: "background", 2: "nucleus"}})
    with pytest.raises(UserError, match="a classifier of background, cell"):
        segment(field, other)


def test_a_channel_it_has_not_learned_from_is_not_needed_and_a_missing_one_is_named(field, learned):
    classifier = read_classifier(learned.classifier)
    two = image_of(field.pixels[0], blobs())
    np.testing.assert_array_equal(class_map(two, classifier), class_map(field, classifier))
    with pytest.raises(UserError, match=r"found: +actin"):
        class_map(two.only("actin"), classifier)


def test_a_damaged_file_is_refused_before_it_is_looked_up(learned):
    classifier = read_classifier(learned.classifier)
    classifier.forest.child[0] = 10**6
    write_classifier(learned.classifier, classifier)
    with pytest.raises(UserError, match="nodes or features that are not there"):
        read_classifier(learned.classifier)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({1: "background", 2: "gap"}, "must stand for `cell` or `nucleus`"),
        ({1: "cell", 2: "cell"}, "two classes at least"),
        ({1: "background", 2: "cell", 3: "cells"}, "not cells"),
        ({0: "background", 2: "cell"}, "greater than or equal to 1"),
    ],
)
def test_values_that_make_no_segmentation_are_refused(values, complaint):
    with pytest.raises(ValidationError, match=complaint):
        PixelsConfig(values=values)


def test_scribbles_of_test_alone_are_refused_before_anything_runs(scribbles):
    samples = {
        "a": Sample("a", {}, columns={"scribbles": scribbles}),
        "b": Sample("b", {}, columns={"scribbles": ""}),
    }
    config = {"cells": PixelsConfig()}
    check_scribbles(config, samples, ["a"])
    with pytest.raises(UserError, match="scribbles on a alone, of val and test"):
        check_scribbles(config, samples, ["b"])


def test_a_table_without_scribbles_names_the_column_that_may_be_meant():
    samples = {"a": Sample("a", {}, columns={"scribble": "a.tif"})}
    with pytest.raises(UserError, match="did you mean `scribble`"):
        check_scribbles({"cells": PixelsConfig()}, samples, ["a"])


def test_the_widest_circle_in_a_piece_is_a_typical_cell():
    """A disk as wide as one of its area, and a speck that does not count."""
    mask = np.zeros((60, 60), bool)
    mask[30, 30] = True
    disk = ndimage.distance_transform_edt(~mask) <= 10
    area = disk.sum()
    disk[2, 2] = True
    assert typical_width_px(disk) == pytest.approx(np.sqrt(4 / np.pi * area), rel=0.02)
