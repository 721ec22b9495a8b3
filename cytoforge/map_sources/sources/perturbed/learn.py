"""The training maps themselves, with the layers of their cells."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cytoforge.map_sources.layers_of_objects import layers_of_objects
from cytoforge.map_sources.learned_file import Learned
from cytoforge.map_sources.registry import TrainingField
from cytoforge.references.codes import OWN, Code


def learn(fields: Sequence[TrainingField], codes: Sequence[Code], seed: int) -> Learned:
    """Return the planes, label maps and layers of all training fields; nothing is drawn here."""
    arrays: dict[str, np.ndarray] = {}
    for number, field in enumerate(fields):
        arrays[f"{number}_label_map"] = field.label_map
        for name, plane in field.segmentation.objects.items():
            arrays[f"{number}_plane_{name}"] = plane.array.astype(np.int32)
        main = field.segmentation[field.segmentation.main_object]
        arrays[f"{number}_layers"] = layers_of_objects(main, field.label_map, codes)
    sizes = [field.pixel_size_um for field in fields if field.pixel_size_um is not None]
    first = fields[0].segmentation
    facts: dict[str, Any] = {
        "fields": len(fields),
        "own": all(code.region == OWN for code in codes),
        "planes": [
            {"name": name, "kind": p.kind, "within": p.within, "diameter_px": p.diameter_px}
            for name, p in first.objects.items()
        ],
        "main": first.main_object,
        "diameter_px": _diameter([field.segmentation[first.main_object] for field in fields]),
        "pixel_size_um": float(np.median(sizes)) if sizes else None,
    }
    return Learned(arrays, facts)


def _diameter(labels: Sequence[np.ndarray]) -> float:
    """Return the median diameter of disks with the objects' areas, px; 1 without objects."""
    found = np.concatenate([np.bincount(one.ravel())[1:] for one in labels])
    areas = found[found > 0]
    return float(np.sqrt(np.median(areas) * 4 / np.pi)) if areas.size else 1.0
