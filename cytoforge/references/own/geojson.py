"""Outlines in GeoJSON, as QuPath has annotations: polygons, of several parts or with holes."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from cytoforge.errors import UserError
from cytoforge.references.own.outlines import Outline
from cytoforge.segmentation.borders import polygons

# As text, of which Python's objects take some ten times as much.
MOST_BYTES = 128_000_000
# What the class of an annotation without one is called, as QuPath calls it.
UNCLASSIFIED = "unclassified"
# Where other programs than QuPath put the class, the first that is there.
KEYS = ("classification", "class", "label", "name")


def read_geojson(path: Path, where: str) -> list[Outline]:
    """Return the features of a file in its order.

    The class is `properties.classification.name`, of several names `Tumor: Positive`, else the
    property `class`, `label` or `name`. Coordinates are x and y in pixels of the image.

    Raises
    ------
    UserError : no GeoJSON, or features without an area (points, lines)
    """
    if path.stat().st_size > MOST_BYTES:
        found = f"{path.stat().st_size // 10**6:,} MB"
        limit = f"GeoJSON of at most {MOST_BYTES // 10**6} MB"
        raise UserError(where, limit, found, "export classes of regions, not of single cells")
    try:
        content = json.loads(path.read_bytes())
        if isinstance(content, Mapping):
            content = content.get("features", [content])
        outlines = [_outline(feature) for feature in content]
    except Exception as problem:  # whatever JSON there is in place of GeoJSON
        found = f"{type(problem).__name__}: {problem}"
        raise UserError(where, "GeoJSON with polygons", found, "export it again") from problem
    without = Counter(kind for kind, _ in outlines if kind)
    if without:
        raise UserError(
            where,
            "outlines with an area: Polygon or MultiPolygon",
            ", ".join(f"{count} × {kind}" for kind, count in without.items()),
            "leave them out of the export",
        )
    return [outline for _, outline in outlines]


def _outline(feature: Mapping[str, Any]) -> tuple[str, Outline]:
    """Return the outline of a feature, and what it is where that has no area."""
    geometry = feature["geometry"]
    kind, coordinates = geometry["type"], geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        return str(kind), Outline((), ())
    polygons = [coordinates] if kind == "Polygon" else coordinates
    areas = tuple(tuple(_ring(ring) for ring in polygon) for polygon in polygons)
    if not areas or not all(areas):
        raise ValueError("a polygon without a ring")
    return "", Outline((_class_of(feature.get("properties") or {}),), areas)


def _ring(points: Any) -> np.ndarray:
    ring = np.array([point[:2] for point in points], np.float64)
    if ring.ndim != 2 or len(ring) < 3 or not np.isfinite(ring).all():
        raise ValueError(f"a ring of {len(points)} points that are no x and y")
    return ring


def _class_of(properties: Mapping[str, Any]) -> str:
    given = next((properties[key] for key in KEYS if properties.get(key) is not None), None)
    if isinstance(given, Mapping):
        names = given.get("names")
        given = given.get("name") or (": ".join(map(str, names)) if names else None)
    return UNCLASSIFIED if given is None else str(given)


def annotation(mask: np.ndarray, name: str, colour: tuple[int, int, int]) -> dict[str, Any]:
    """Return a mask (Y, X) as one annotation of QuPath: polygons along the edges of pixels, without
    the holes, so that `covered` finds the same pixels again."""
    pieces, _ = ndimage.label(mask)
    areas = {one: list(rings) for one, rings in polygons(pieces).items()}
    for owner, rings in _holes(mask, pieces):
        areas[owner] += rings
    closed = [[[*ring.tolist(), ring[0].tolist()] for ring in rings] for rings in areas.values()]
    properties: dict[str, Any] = {"objectType": "annotation"}
    if name != UNCLASSIFIED:
        properties["classification"] = {"name": name, "color": list(colour)}
    geometry = {"type": "MultiPolygon", "coordinates": closed}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _holes(mask: np.ndarray, pieces: np.ndarray) -> Iterator[tuple[int, list[np.ndarray]]]:
    """Yield the rings of each hole, and the piece that it lies in.

    What is closed in by a corner alone is no hole: two pieces meet there.
    """
    around = np.ones((3, 3), bool)
    holes, _ = ndimage.label(ndimage.binary_fill_holes(mask, around) & ~mask, around)
    ids, first = np.unique(holes, return_index=True)
    rings = polygons(holes)
    for one, start in zip(ids.tolist(), first.tolist(), strict=True):
        if one:
            row, column = np.unravel_index(start, mask.shape)
            yield int(pieces[row - 1, column]), rings[one]
