"""Objects of one image for other programs: a table, JSON as public HoVer-Net writes it, and GeoJSON
for QuPath."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from cytoforge.config.objects import singular
from cytoforge.jobs.atomic import write_text
from cytoforge.jobs.csv_file import write_csv
from cytoforge.segmentation.borders import pixel_borders, polygons
from cytoforge.segmentation.classes import ClassPlane
from cytoforge.segmentation.moments import label_moments
from cytoforge.segmentation.segmentation import Segmentation

COLUMNS = ("id", "x_px", "y_px", "x_um", "y_um", "class", "certainty", "area_px", "area_um2")
FEWEST_POINTS = 3  # of a border in JSON: public HoVer-Net leaves out smaller objects
# Of classes in QuPath, after the ground (Okabe and Ito 2008: for colour-blind readers too).
CLASS_COLOURS = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)


def write_objects(
    segmentation: Segmentation,
    pixel_size_um: float | None,
    table: str | Path,
    json_file: str | Path,
    geojson: str | Path,
) -> None:
    """Write the main objects of an image, e.g. its nuclei, in all three formats."""
    name = segmentation.main_object
    labels, classes = segmentation[name], segmentation.objects[name].classes
    write_table(table, labels, classes, pixel_size_um)
    write_text(json_file, json.dumps(as_json(labels, classes)) + "\n")
    write_text(geojson, json.dumps(as_geojson(labels, classes, singular(name))) + "\n")


def write_table(
    path: str | Path,
    labels: np.ndarray,
    classes: ClassPlane | None = None,
    pixel_size_um: float | None = None,
) -> None:
    """Write one row per object in the order of ids: centroid, class, and area.

    Pixel (0, 0) has its centre at 0, 0. Micrometres are empty where the pixel size is not known,
    classes where there are none.
    """
    moments = label_moments(labels)
    codes, certain = _classes(labels, classes)
    rows = []
    for one in np.flatnonzero(moments.area):
        place, area = (float(moments.col[one]), float(moments.row[one])), int(moments.area[one])
        size = pixel_size_um
        in_um = [round(px * size, 4) for px in place] if size else ["", ""]
        told = [classes.names[codes[one]], round(certain[one], 4)] if classes else ["", ""]
        area_um2 = round(area * size**2, 4) if size else ""
        rows.append([int(one), *(round(px, 3) for px in place), *in_um, *told, area, area_um2])
    write_csv(path, COLUMNS, rows)


def as_json(labels: np.ndarray, classes: ClassPlane | None = None) -> dict[str, Any]:
    """Return objects as public HoVer-Net's JSON has them.

    `nuc` holds by id: `bbox` [[first row, first column], [last row + 1, last column + 1]],
    `centroid` [x, y], `contour` [[x, y], …] through the pixels of the border, `type` and
    `type_prob`, null without classes. Objects whose contour has fewer than 3 points are left out.
    """
    moments, boxes = label_moments(labels), ndimage.find_objects(labels)
    codes, certain = _classes(labels, classes)
    nuclei = {}
    for one, contour in pixel_borders(labels).items():
        if len(contour) < FEWEST_POINTS:
            continue
        rows, cols = boxes[one - 1]
        nuclei[str(one)] = {
            "bbox": [[rows.start, cols.start], [rows.stop, cols.stop]],
            "centroid": [float(moments.col[one]), float(moments.row[one])],
            "contour": contour.tolist(),
            "type_prob": float(certain[one]) if classes else None,
            "type": int(codes[one]) if classes else None,
        }
    return {"mag": None, "nuc": nuclei}


def as_geojson(
    labels: np.ndarray, classes: ClassPlane | None = None, name: str = "nucleus"
) -> dict[str, Any]:
    """Return objects as detections of QuPath: polygons along the edges of pixels, with the class,
    or `name` without classes.
    """
    codes, _ = _classes(labels, classes)
    features = []
    for one, rings in polygons(labels).items():
        code = int(codes[one])
        closed = [[*ring.tolist(), ring[0].tolist()] for ring in rings]
        simple = len(closed) == 1
        geometry = {
            "type": "Polygon" if simple else "MultiPolygon",
            "coordinates": closed if simple else [[ring] for ring in closed],
        }
        colour = CLASS_COLOURS[(code - 1) % len(CLASS_COLOURS)] if code else (128, 128, 128)
        called = classes.names[code] if classes else name
        properties = {
            "objectType": "detection",
            "name": str(one),
            "classification": {"name": called, "color": list(colour)},
        }
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": features}


def _classes(labels: np.ndarray, classes: ClassPlane | None) -> tuple[np.ndarray, np.ndarray]:
    if classes is None:
        count = int(labels.max(initial=0)) + 1
        return np.zeros(count, int), np.zeros(count)
    return classes.of_each(labels)
