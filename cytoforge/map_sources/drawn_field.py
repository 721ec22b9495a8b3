"""One field of a drawn set: its name, its label map of objects, its files and its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cytoforge import __version__
from cytoforge.config.references import ReferenceConfig
from cytoforge.jobs.provenance import sha256_file
from cytoforge.map_sources.registry import Drawing
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.intensity_layers import NO_LAYER
from cytoforge.references.label_map import render
from cytoforge.references.label_map_file import write_label_map
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.segmentation.segmentation_file import write_segmentation


@dataclass(frozen=True)
class DrawnField:
    """A field of a set: its name, the seed that decides it, height and width in px."""

    name: str
    seed: int
    size_px: tuple[int, int]


def fields_of_set(name: str, seeds: Sequence[int], size_px: Sequence[int]) -> list[DrawnField]:
    """Return the fields of a drawn set, named by their seeds.

    >>> [field.name for field in fields_of_set("drawn", [1, 12000], (64, 64))]
    ['drawn_0001', 'drawn_12000']
    """
    height, width = size_px
    return [DrawnField(f"{name}_{seed:04d}", seed, (height, width)) for seed in seeds]


def map_of_drawing(drawing: Drawing, reference: ReferenceConfig | None) -> np.ndarray:
    """Return the label map of a drawing, uint8 (Y, X).

    reference : how it is rendered of the objects; None where it was drawn itself
    """
    if drawing.label_map is not None or reference is None:
        assert drawing.label_map is not None
        return drawing.label_map
    if not reference.n_layers or drawing.layers is None:
        return render(drawing.segmentation, None, reference)
    return render_with_layers(drawing.segmentation, drawing.layers, reference)


def render_with_layers(
    segmentation: Segmentation, layers: np.ndarray, reference: ReferenceConfig
) -> np.ndarray:
    """Return a label map of cells whose layers are known, uint8 (Y, X).

    Layers are rendered by the cells' mean grey values: here every pixel of a cell of layer k has
    the value k, and the bounds lie halfway between.

    layers : of each id, (highest id + 1,), 0 is the darkest
    """
    known = np.where(layers == NO_LAYER, 0, layers).astype(np.float32)
    grey = np.take(known, segmentation["cells"])
    bounds = LayerBounds(tuple(k + 0.5 for k in range(reference.n_layers - 1)))
    return render(segmentation, grey, reference, bounds)


def write_drawn(
    output: str | Path,
    field: DrawnField,
    label_map: np.ndarray,
    objects: Segmentation,
    pixel_size_um: float | None,
    made_from: Mapping[str, str],
) -> dict[str, str]:
    """Write a field's label map and exact objects; return its row of the set's manifest.

    made_from : further columns, what identifies how it was made
    """
    output = Path(output)
    labels, instances = f"fields/{field.name}_labels.tif", f"fields/{field.name}_objects.ome.tif"
    write_label_map(output / labels, label_map, pixel_size_um)
    write_segmentation(output / instances, objects, pixel_size_um)
    return {
        "name": field.name,
        "labels": labels,
        "labels_sha256": sha256_file(output / labels),
        "objects": instances,
        "objects_sha256": sha256_file(output / instances),
        "source": "",
        "seed": str(field.seed),
        **made_from,
        "cytoforge": __version__,
    }
