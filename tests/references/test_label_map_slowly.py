"""Label maps against the tables read slowly, one label at a time, at every option."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import ndimage

from cytoforge.config.references import ReferenceConfig
from cytoforge.references.bounds import compute_bounds, layer_means
from cytoforge.references.label_map import render

CROSS = ndimage.generate_binary_structure(2, 1)
SQUARE = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class SlowOptions:
    rim_dilation_px: int
    nucleus_rim: str
    edge_rims: bool
    edges: tuple[float, ...]


def slow_rims(labels: np.ndarray, edge_rims: bool) -> np.ndarray:
    union = np.zeros(labels.shape, dtype=bool)
    for label in set(labels.ravel().tolist()) - {0}:
        mask = labels == label
        union |= mask & ~ndimage.binary_erosion(mask, CROSS, border_value=0 if edge_rims else 1)
    return union


def slow_layers(cells: np.ndarray, nuclei: np.ndarray, grey: np.ndarray, edges) -> np.ndarray:
    """Number of edges at or below the cell's mean; -1 outside cells and where all is nucleus."""
    layers = np.full(cells.shape, -1)
    for label in set(cells.ravel().tolist()) - {0}:
        values = [
            g
            for g, c, n in zip(grey.flat, cells.flat, nuclei.flat, strict=True)
            if c == label and n == 0
        ]
        if values:
            mean = sum(map(float, values)) / len(values)
            layers[cells == label] = sum(1 for edge in edges if mean >= edge)
    return layers


def slow_map(table: str, cells, nuclei, gap, grey, options: SlowOptions) -> np.ndarray:
    rim = slow_rims(cells, options.edge_rims)
    for _ in range(options.rim_dilation_px):
        rim = ndimage.binary_dilation(rim, SQUARE)
    nucleus_rim = slow_rims(nuclei, options.edge_rims)
    nucleus = nuclei > 0
    has_code = table in ("7", "9", "custom rims")
    if options.nucleus_rim == "merged" or (options.nucleus_rim == "auto" and not has_code):
        nucleus_rim = np.zeros_like(nucleus)
    layer = slow_layers(cells, nuclei, grey, options.edges)
    interior = (cells > 0) & ~rim
    out = np.zeros(cells.shape, dtype=np.uint8)
    out[~gap] = 1
    if table == "4":
        out[interior] = 2
        out[rim & ~gap] = 3
        out[nucleus & ~nucleus_rim] = 4
    elif table == "7":
        for k in range(3):
            out[interior & (layer == k)] = 2 + k
        out[rim & ~gap] = 5
        out[nucleus & ~nucleus_rim] = 6
        out[nucleus_rim & ~gap] = 7
    elif table == "9":
        for k in range(5):
            out[interior & (layer == k)] = 2 + k
        out[rim & ~gap] = 7
        out[nucleus & ~nucleus_rim] = 8
        out[nucleus_rim & ~gap] = 9
    elif table == "custom plain":  # background, nucleus, cytoplasm: no rims, cytoplasm on top
        out[nucleus & ~nucleus_rim] = 2
        out[cells > 0] = 3
    elif table == "custom rims":  # background, all cells, bright cells, both rims, nucleus on top
        out[interior] = 2
        out[interior & (layer == 1)] = 3
        out[nucleus_rim & ~gap] = 4
        out[rim & ~gap] = 5
        out[nucleus & ~nucleus_rim] = 6
    return out


CUSTOM_PLAIN = [
    {"name": "rest", "region": "background"},
    {"name": "dna", "region": "nucleus"},
    {"name": "body", "region": "cytoplasm"},
]
CUSTOM_RIMS = [
    {"name": "void", "region": "gap"},
    {"name": "rest", "region": "background"},
    {"name": "body", "region": "cytoplasm"},
    {"name": "bright", "region": "cytoplasm", "layer": 1},
    {"name": "envelope", "region": "nucleus_rim"},
    {"name": "edge", "region": "cell_rim"},
    {"name": "dna", "region": "nucleus"},
]
TABLES = {
    "4": (4, None),
    "7": (7, {"mode": "fixed", "inner": [70, 130]}),
    "9": (9, {"mode": "fixed", "inner": [90, 120], "outer": [55, 160]}),
    "custom plain": (CUSTOM_PLAIN, None),
    "custom rims": (CUSTOM_RIMS, {"mode": "fixed", "inner": [100]}),
}


def reference(levels, bounds=None, **options) -> ReferenceConfig:
    return ReferenceConfig.model_validate(
        {"segmentation": "s", "levels": levels, **({"bounds": bounds} if bounds else {}), **options}
    )


def assert_equals_slow(table, seg, grey, config, bounds) -> None:
    options = SlowOptions(
        config.rim_dilation_px, config.nucleus_rim, config.edge_rims, bounds.edges if bounds else ()
    )
    expected = slow_map(table, seg["cells"], seg["nuclei"], seg["gap"], grey, options)
    rendered = render(seg, grey, config, bounds)
    assert rendered.dtype == np.uint8
    np.testing.assert_array_equal(rendered, expected)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("dilation", "nucleus_rim", "edge_rims"),
    list(itertools.product([0, 1, 2, 7], ["auto", "separate", "merged"], [False, True])),
)
def test_map_equals_the_table_read_slowly(make_field, table, dilation, nucleus_rim, edge_rims):
    levels, fixed = TABLES[table]
    config = reference(
        levels, fixed, rim_dilation_px=dilation, nucleus_rim=nucleus_rim, edge_rims=edge_rims
    )
    for seed in range(5):
        seg, grey = make_field(seed, n_cells=4 + 4 * seed)
        bounds = compute_bounds(np.empty(0), config) if config.n_layers else None
        assert_equals_slow(table, seg, grey, config, bounds)


@pytest.mark.parametrize("table", ["7", "9", "custom rims"])
@pytest.mark.parametrize("seed", range(8))
def test_map_with_bounds_from_its_own_cells_equals_the_table_read_slowly(make_field, table, seed):
    # The bounds are means of cells of this image, so `lower bound included` decides some pixels.
    config = reference(TABLES[table][0], {"mode": "training"})
    seg, grey = make_field(seed, height=40, width=44, n_cells=24)
    bounds = compute_bounds(layer_means(seg, grey), config)
    assert_equals_slow(table, seg, grey, config, bounds)


@pytest.mark.parametrize("missing", ["nuclei", "cells", "gap", "background"])
@pytest.mark.parametrize("table", TABLES)
def test_map_with_a_class_missing(make_field, table, missing):
    seg, grey = make_field(3)
    empty = np.zeros_like(seg["cells"])
    seg = {
        "nuclei": seg.with_arrays({"nuclei": empty}),
        "cells": seg.with_arrays({"nuclei": empty, "cells": empty}),
        "gap": seg.with_arrays({"gap": np.zeros_like(seg["gap"])}),
        "background": seg.with_arrays({"gap": seg["cells"] == 0}),
    }[missing]
    levels, fixed = TABLES[table]
    config = reference(levels, fixed)
    bounds = compute_bounds(np.empty(0), config) if config.n_layers else None
    assert_equals_slow(table, seg, grey, config, bounds)
