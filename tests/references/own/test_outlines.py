"""Outlines become the pixels whose centres they hold, whatever drew them."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from matplotlib.path import Path as Polygon
from roifile import ROI_OPTIONS, ROI_TYPE, ImagejRoi

from cytoforge.errors import UserError
from cytoforge.references.own import imagej_rois, outlines
from cytoforge.references.own.classes import MapClass, class_codes
from cytoforge.references.own.geojson import annotation, read_geojson
from cytoforge.references.own.imagej_rois import read_rois
from cytoforge.references.own.outlines import Outline, covered
from cytoforge.references.own.own_map import read_own_map
from cytoforge.references.own.user_values import write_own

SQUARE = [(1, 1), (3, 1), (3, 3), (1, 3)]


def drawn(outline: Outline, shape: tuple[int, int] = (4, 4)) -> np.ndarray:
    """Return what an outline covers of an image, (Y, X) of 0 and 1."""
    image = np.zeros(shape, np.uint8)
    for box, inside in covered(outline, shape):
        image[box] |= inside
    return image


def of(*rings: object) -> Outline:
    return Outline(("a",), (tuple(np.array(ring, float) for ring in rings),))


def test_a_square_from_corner_to_corner_of_pixels():
    assert drawn(of(SQUARE)).tolist() == [
        [0, 0, 0, 0],
        [0, 1, 1, 0],
        [0, 1, 1, 0],
        [0, 0, 0, 0],
    ]


def test_a_centre_on_the_outline_lies_right_of_it_or_below():
    half = [(0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)]
    assert drawn(of(half)).tolist() == [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]


def test_a_ring_within_a_ring_is_a_hole():
    frame = drawn(of([(0, 0), (4, 0), (4, 4), (0, 4)], SQUARE))
    assert frame.tolist() == [[1, 1, 1, 1], [1, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]]


def test_what_lies_beyond_the_image_is_cut_off():
    assert drawn(of([(-50, -50), (2, -50), (2, 1), (-50, 1)])).tolist()[0] == [1, 1, 0, 0]
    assert not drawn(of([(9, 9), (12, 9), (12, 12)])).any()


def test_areas_with_a_common_edge_share_no_pixel_and_leave_none_out():
    """A fan of triangles around a point that no grid knows."""
    random = np.random.default_rng(0)
    angles = np.sort(random.uniform(0, 2 * np.pi, 40))
    corners = 20 + 60 * np.stack([np.cos(angles), np.sin(angles)], -1)
    centre = random.uniform(15, 25, 2)
    pairs = zip(corners, np.roll(corners, -1, axis=0), strict=True)
    total = sum(drawn(of([centre, a, b]), (40, 40)).astype(int) for a, b in pairs)
    assert (total == 1).all()


@pytest.mark.parametrize("most", [10, 2_000_000])
def test_as_matplotlib_has_it(monkeypatch: pytest.MonkeyPatch, most: int):
    """Convex shapes: of others that cross themselves matplotlib counts the turns."""
    monkeypatch.setattr(outlines, "_MOST_CROSSINGS", most)
    random = np.random.default_rng(1)
    rows, columns = np.mgrid[:30, :40]
    centres = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], -1)
    for _ in range(20):
        angles = np.sort(random.uniform(0, 2 * np.pi, 9))
        ring = (20, 15) + random.uniform(3, 18) * np.stack([np.cos(angles), np.sin(angles)], -1)
        expected = Polygon(ring).contains_points(centres).reshape(30, 40)
        assert (drawn(of(ring), (30, 40)) == expected).all()


def save(path: Path, *rois: ImagejRoi) -> Path:
    """Write ROIs as the ROI Manager does, each under its name."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, roi in enumerate(rois):
            archive.writestr(f"{number:04d}.roi", roi.tobytes())
    return path


def test_a_polygon_of_imagej_with_its_name_and_group(tmp_path: Path):
    roi = ImagejRoi.frompoints(np.array(SQUARE), name="tumour-1")
    roi.group = 3
    (outline,) = read_rois(save(tmp_path / "rois.zip", roi), "rois.zip")
    assert outline.values == ("tumour-1", "tumour", "3")
    assert drawn(outline).tolist() == drawn(of(SQUARE)).tolist()


def test_one_roi_in_a_file_is_called_as_the_file(tmp_path: Path):
    roi = ImagejRoi.frompoints(np.array([(0, 0), (2.5, 0), (2.5, 4), (0, 4)], np.float32))
    roi.name = ""
    path = tmp_path / "vessel.roi"
    path.write_bytes(roi.tobytes())
    (outline,) = read_rois(path, "vessel.roi")
    assert outline.label == "vessel"
    assert drawn(outline)[0].tolist() == [1, 1, 0, 0]  # sub-pixel corners are kept


@pytest.mark.parametrize(
    ("kind", "area"), [(ROI_TYPE.RECT, 20 * 40), (ROI_TYPE.OVAL, np.pi * 10 * 20)]
)
def test_rectangles_and_ovals_fill_their_box(tmp_path: Path, kind: ROI_TYPE, area: float):
    roi = ImagejRoi(roitype=kind, options=ROI_OPTIONS(0), left=5, top=3, right=25, bottom=43)
    roi.name = "a"
    (outline,) = read_rois(save(tmp_path / "rois.zip", roi), "rois.zip")
    image = drawn(outline, (50, 40))
    assert np.flatnonzero(image.any(0))[[0, -1]].tolist() == [5, 24]
    assert np.flatnonzero(image.any(1))[[0, -1]].tolist() == [3, 42]
    assert image.sum() == pytest.approx(area, rel=0.01)


def test_points_and_lines_have_no_area(tmp_path: Path):
    line = ImagejRoi(roitype=ROI_TYPE.LINE, x1=0.0, y1=0.0, x2=3.0, y2=3.0)
    line.name = "scale"
    with pytest.raises(UserError, match=r"1 without: scale \(line\)"):
        read_rois(save(tmp_path / "rois.zip", line), "rois.zip")


def test_a_set_that_unpacks_to_more_than_is_allowed_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(imagej_rois, "MOST_BYTES", 100)
    roi = ImagejRoi.frompoints(np.array(SQUARE), name="a")
    with pytest.raises(UserError, match="at most"):
        read_rois(save(tmp_path / "rois.zip", roi), "rois.zip")


def test_what_is_no_set_of_rois_is_refused(tmp_path: Path):
    path = tmp_path / "rois.zip"
    path.write_bytes(b"not a zip")
    with pytest.raises(UserError, match="BadZipFile"):
        read_rois(path, "rois.zip")


def feature(geometry: str, coordinates: object, **properties: object) -> dict[str, object]:
    place = {"type": geometry, "coordinates": coordinates}
    return {"type": "Feature", "geometry": place, "properties": properties}


def written(path: Path, *features: dict[str, object]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_annotations_of_qupath(tmp_path: Path):
    whole = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    parts = [[[[0, 0], [1, 0], [1, 1], [0, 1]]], [[[3, 3], [4, 3], [4, 4], [3, 4]]]]
    path = written(
        tmp_path / "a.geojson",
        feature("Polygon", [whole, [*SQUARE, SQUARE[0]]], classification={"name": "Tumor"}),
        feature("MultiPolygon", parts, classification={"names": ["Tumor", "Positive"]}),
        feature("Polygon", [SQUARE]),
    )
    tumour, positive, bare = read_geojson(path, "a.geojson")
    assert [one.label for one in (tumour, positive, bare)] == [
        "Tumor",
        "Tumor: Positive",
        "unclassified",
    ]
    assert drawn(tumour).tolist() == [[1, 1, 1, 1], [1, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]]
    assert np.argwhere(drawn(positive)).tolist() == [[0, 0], [3, 3]]


@pytest.mark.parametrize(
    ("features", "found"),
    [
        ([feature("Point", [1, 1]), feature("Point", [2, 1])], "2 × Point"),
        ([feature("Polygon", [[[0, 0], [1, float("nan")], [1, 1]]])], "no x and y"),
        ([{"type": "Feature"}], "KeyError: 'geometry'"),
    ],
)
def test_geojson_without_areas_is_refused(tmp_path: Path, features: list, found: str):
    with pytest.raises(UserError, match=found):
        read_geojson(written(tmp_path / "a.geojson", *features), "a.geojson")


@pytest.mark.parametrize("seed", range(5))
def test_outlines_come_back_pixel_by_pixel(tmp_path: Path, seed: int):
    """Pieces in holes, pieces and holes that meet at corners, classes at the image's edge."""
    classes = (MapClass("a", ("outside", 0)), MapClass("b", ("B",)), MapClass("c", (9, "C: 1")))
    grown = np.kron(np.random.default_rng(seed).integers(0, 3, (9, 12)), np.ones((2, 2), int))
    label_map = grown.astype(np.uint8)
    name = write_own(tmp_path, "made", label_map, class_codes(classes))
    assert name == "made_own.geojson"
    found = read_own_map(tmp_path / name, classes, "here", label_map.shape)
    assert found.tolist() == label_map.tolist()


def test_a_ring_has_an_island_and_a_hole():
    ring = np.pad(np.pad(np.ones((1, 1), bool), 1), 1, constant_values=True)
    outer, island = annotation(ring, "B", (1, 2, 3))["geometry"]["coordinates"]
    assert outer == [
        [[5, 0], [5, 5], [0, 5], [0, 0], [5, 0]],
        [[4, 1], [4, 4], [1, 4], [1, 1], [4, 1]],
    ]
    assert island == [[[3, 2], [3, 3], [2, 3], [2, 2], [3, 2]]]
