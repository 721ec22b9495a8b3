"""Which measures label maps are compared by, and all samples of one field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cytoforge.metrics.map_quality.class_measures import class_samples, count_sample
from cytoforge.metrics.map_quality.map_fields import MapField, Sample, pooled, window_side
from cytoforge.metrics.map_quality.object_measures import (
    REACH,
    neighbour_distances,
    object_samples,
)
from cytoforge.references.codes import Code
from cytoforge.segmentation.identity import label_areas

OF_OBJECTS = {
    "count": ("count", "per 10,000 px", "Objects per area, by window."),
    "area": ("area", "px", "Of objects that the edge does not cut."),
    "eccentricity": ("eccentricity", "", "Of the ellipse with the same second moments, 0–1."),
    "solidity": ("solidity", "", "Area over that of the convex hull, 0–1."),
    "neighbour": ("neighbour distance", "px", "From each centroid to the nearest other one."),
    "pairs": (
        "pair correlation",
        "px",
        "Between densities over the distance that are g(r) times a constant.",
    ),
    "contacts": ("contacts", "", "Other objects that touch, or have at most 2 px between."),
    "dropped": ("dropped in cleaning", "per 100", "Loose parts, and objects a tenth as large."),
}
"""Label, unit and meaning of each measure of objects."""
OF_CLASSES = {
    "cover": ("cover", "% of px", "Of the window's pixels."),
    "holes": ("holes", "per 10,000 px", "Pieces less Euler number, by window."),
}


@dataclass(frozen=True)
class MapMeasure:
    """One row of the table.

    key : of the samples; family : name of the objects, or `classes`; of : the measure without that
    """

    key: str
    family: str
    of: str
    label: str
    unit: str
    description: str


@dataclass(frozen=True)
class MapScale:
    """What lengths and sizes are taken relative to, the same for every series.

    side : of windows in px
    reach_px, typical_px : by name of objects, see `object_samples`
    """

    side: int
    reach_px: Mapping[str, float]
    typical_px: Mapping[str, float]


def map_measures(objects: Sequence[str], codes: Sequence[Code]) -> list[MapMeasure]:
    """Return the rows of the table: of each kind of objects, then of each class."""
    found = [
        MapMeasure(f"{name} {of}", name, of, f"{label} of {name}", unit, text)
        for name in objects
        for of, (label, unit, text) in OF_OBJECTS.items()
    ]
    for of, (label, unit, text) in OF_CLASSES.items():
        for code in codes:
            words = f"{label} of {code.name.replace('_', ' ')}"
            found.append(MapMeasure(f"{of} {code.name}", "classes", of, words, unit, text))
    return found


def map_scale(real: Sequence[MapField], others: Sequence[MapField], side_px: int) -> MapScale:
    """Return the scale of a comparison: objects' sizes and distances are those of the real maps."""
    side = window_side([*real, *others], side_px)
    shortest = min(min(field.shape) for field in [*real, *others])
    reach, typical = {}, {}
    for name in real[0].objects:
        planes = [field.objects[name] for field in real]
        apart = pooled([neighbour_distances(labels) for labels in planes])
        areas = np.concatenate([label_areas(labels)[1:] for labels in planes])
        wanted = REACH * float(np.median(apart.values)) if len(apart.values) else shortest / 2
        reach[name] = min(wanted, shortest / 2)
        typical[name] = float(np.median(areas[areas > 0])) if areas.any() else 0.0
    return MapScale(side, reach, typical)


def measure_map(field: MapField, codes: Sequence[Code], scale: MapScale) -> dict[str, Sample]:
    """Return the samples of a field by the keys of `map_measures`."""
    samples = class_samples(field, codes, scale.side)
    for name in field.objects:
        samples[f"{name} count"] = count_sample(field, name, scale.side)
        own = object_samples(field, name, scale.reach_px[name], scale.typical_px[name])
        samples |= {f"{name} {of}": sample for of, sample in own.items()}
    return samples
