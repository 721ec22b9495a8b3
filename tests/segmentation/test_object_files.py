"""Objects for other programs: borders, the table, JSON and GeoJSON."""

import csv
import json

import numpy as np
import pytest

from cytoforge.references.own.geojson import read_geojson
from cytoforge.references.own.outlines import covered
from cytoforge.segmentation.borders import pixel_borders, polygons
from cytoforge.segmentation.classes import ClassPlane
from cytoforge.segmentation.object_files import as_geojson, as_json, write_objects
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation
from cytoforge.segmentation.segmentation_file import read_segmentation, write_segmentation

LABELS = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [0, 2, 2, 2, 0, 0],
        [0, 2, 2, 2, 0, 5],
        [0, 2, 2, 2, 0, 0],
    ],
    np.int32,
)


def blobs(seed: int) -> np.ndarray:
    """Objects of any shape: smooth noise, cut into pieces of a few columns."""
    from scipy import ndimage

    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(60, 70)), 3)
    labels, _ = ndimage.label(noise > 0.02)
    columns = np.arange(70) // 23
    return np.where(labels > 0, labels + 100 * columns, 0).astype(np.int32)


def classes_of(labels: np.ndarray) -> ClassPlane:
    codes = np.where(labels == 2, 1, np.where(labels > 0, 2, 0)).astype(np.uint8)
    return ClassPlane(("ground", "stroma", "immune"), codes, 0.75 * (labels > 0).astype(np.float32))


def test_the_border_of_a_square_is_its_corners():
    found = pixel_borders(LABELS)
    assert found[2].tolist() == [[1, 1], [1, 3], [3, 3], [3, 1]]
    assert found[5].tolist() == [[5, 2]]


def test_a_border_passes_a_corner_diagonally():
    plus = np.array([[0, 7, 0], [7, 7, 7], [0, 7, 0]])
    assert pixel_borders(plus)[7].tolist() == [[1, 0], [0, 1], [1, 2], [2, 1]]


def test_a_line_is_passed_on_both_sides():
    line = np.array([[0, 0, 0, 0], [3, 3, 3, 0]])
    assert pixel_borders(line)[3].tolist() == [[0, 1], [2, 1]]


@pytest.mark.parametrize("seed", range(3))
def test_borders_are_border_pixels_all_around(seed):
    labels = blobs(seed)
    padded = np.pad(labels, 1)
    for number, ring in pixel_borders(labels).items():
        x, y = ring.T
        assert (labels[y, x] == number).all()
        beside = [padded[y + 1 + dy, x + 1 + dx] for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0))]
        assert (np.stack(beside) != number).any(0).all()
        rows = np.flatnonzero((labels == number).any(1))
        if len(rows) == y.max() - y.min() + 1:  # one piece
            assert (y.min(), y.max()) == (rows[0], rows[-1])


@pytest.mark.parametrize("seed", range(3))
def test_a_polygon_covers_the_pixels_of_its_object(seed):
    from scipy import ndimage

    labels = blobs(seed)
    for number, rings in polygons(labels).items():
        inside = np.zeros(labels.shape, bool)
        for ring in rings:
            x, y = ring.T.astype(float)
            area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
            assert area == int(area)
        inside = ndimage.binary_fill_holes(labels == number)
        total = sum(
            abs(np.dot(r[:, 0], np.roll(r[:, 1], 1)) - np.dot(r[:, 1], np.roll(r[:, 0], 1))) / 2
            for r in rings
        )
        assert total == inside.sum()


def test_json_has_the_public_keys():
    found = as_json(LABELS, classes_of(LABELS))
    assert found == {
        "mag": None,
        "nuc": {
            "2": {
                "bbox": [[1, 1], [4, 4]],
                "centroid": [2.0, 2.0],
                "contour": [[1, 1], [1, 3], [3, 3], [3, 1]],
                "type_prob": 0.75,
                "type": 1,
            }
        },
    }  # of a single pixel there is no contour


def test_geojson_is_read_back_as_the_same_pixels(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(as_geojson(LABELS, classes_of(LABELS))))
    outlines = read_geojson(path, "here")
    assert [outline.label for outline in outlines] == ["stroma", "immune"]
    for number, outline in zip((2, 5), outlines, strict=True):
        again = np.zeros(LABELS.shape, bool)
        for box, inside in covered(outline, LABELS.shape):
            again[box] |= inside
        assert np.array_equal(again, number == LABELS)


def test_the_table_has_pixels_and_micrometres(tmp_path):
    planes = {"nuclei": ObjectPlane(LABELS, classes=classes_of(LABELS))}
    paths = [tmp_path / name for name in ("a.csv", "a.json", "a.geojson")]
    write_objects(Segmentation(planes, "x"), 0.5, *paths)
    rows = list(csv.DictReader(paths[0].open()))
    assert rows[0] == {
        "id": "2", "x_px": "2.0", "y_px": "2.0", "x_um": "1.0", "y_um": "1.0", "class": "stroma",
        "certainty": "0.75", "area_px": "9", "area_um2": "2.25",
    }  # fmt: skip
    assert [row["class"] for row in rows] == ["stroma", "immune"]


def test_without_classes_and_size_they_are_empty(tmp_path):
    paths = [tmp_path / name for name in ("a.csv", "a.json", "a.geojson")]
    write_objects(Segmentation({"cells": ObjectPlane(LABELS)}, "x"), None, *paths)
    row = next(csv.DictReader(paths[0].open()))
    assert (row["x_um"], row["class"], row["area_um2"]) == ("", "", "")
    assert json.loads(paths[1].read_text())["nuc"]["2"]["type"] is None
    feature = json.loads(paths[2].read_text())["features"][0]
    assert feature["properties"]["classification"]["name"] == "cell"


def test_classes_are_kept_with_the_segmentation(tmp_path):
    planes = {"nuclei": ObjectPlane(LABELS, 3.0, classes=classes_of(LABELS))}
    write_segmentation(tmp_path / "a.ome.tif", Segmentation(planes, "x"))
    found = read_segmentation(tmp_path / "a.ome.tif")
    assert list(found.objects) == ["nuclei"]
    classes = found.crop(2, 4, 0, 6).objects["nuclei"].classes
    assert classes.names == ("ground", "stroma", "immune")
    codes, certain = classes.of_each(LABELS[2:])
    assert codes.tolist() == [0, 0, 1, 0, 0, 2]
    np.testing.assert_allclose(certain[[2, 5]], 0.75)


def test_nothing_has_no_borders():
    nothing = np.zeros((3, 3), np.int32)
    assert (pixel_borders(nothing), polygons(nothing)) == ({}, {})
