"""Draw a field: points by the pair potential, at each an object of surroundings as dense."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cytoforge.config.objects import GAP
from cytoforge.map_sources.layers_of_objects import turn_of
from cytoforge.map_sources.learned_file import Learned
from cytoforge.map_sources.registry import Drawing, DrawRequest
from cytoforge.map_sources.sources.shapes.config import ShapesConfig
from cytoforge.map_sources.sources.shapes.contacts import near_border
from cytoforge.map_sources.sources.shapes.fill import fill
from cytoforge.map_sources.sources.shapes.gap_forms import allowed_cells, gap_form
from cytoforge.map_sources.sources.shapes.layout import Potential, grid_shape, lay_out
from cytoforge.map_sources.sources.shapes.outlines import ANGLES, radii
from cytoforge.map_sources.sources.shapes.population import ShapeModel, from_vectors, placed
from cytoforge.map_sources.sources.shapes.roughness import ROUGH_PX, roughened
from cytoforge.map_sources.sources.shapes.surroundings import assigned
from cytoforge.references.intensity_layers import NO_LAYER
from cytoforge.segmentation.gap import find_gap
from cytoforge.segmentation.identity import share_ids
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

# Fields are drawn with a margin of so many diameters, and cut: objects at the edge are cut too.
_MARGIN = 2.0
# Of the logarithm of areas at full variety: more would widen their distribution.
_AREA_SPREAD = 0.15


def draw(
    learned: Learned, request: DrawRequest, config: ShapesConfig, random: np.random.Generator
) -> Drawing:
    """Return a field that is like one of the training fields: each has its turn, by its area."""
    table, facts = learned.arrays["fields"], learned.facts
    chosen = turn_of(request.seed, table[:, 0] * table[:, 1])
    kind, density = int(table[chosen, 3]), table[chosen, 2] * config.density
    potential = Potential(
        float(learned.arrays[f"{kind}_step_px"][0]), learned.arrays[f"{kind}_energies"]
    )
    margin = int(np.ceil(_MARGIN * facts["diameter_px"]))
    height, width = (side + 2 * margin for side in request.shape)
    grid = grid_shape((height, width), potential.step_px)
    form = gap_form((height, width), margin, config, facts["diameter_px"], random)
    allowed = allowed_cells(form, grid, potential.step_px)
    covered = (
        grid[0] * grid[1] * potential.step_px**2 * (1.0 if allowed is None else allowed.mean())
    )
    points = lay_out(round(density * covered), grid, potential, random, allowed)
    points = points[(points[:, 0] < height) & (points[:, 1] < width)]
    objects = _objects(learned, kind, points, (height, width), config.variety, random)
    outer, inner, dropped = _labels((height, width), objects, facts, random)
    box = np.s_[margin : margin + request.shape[0], margin : margin + request.shape[1]]
    outer, inner = outer[box], inner[box]
    planes, layers = _planes(outer, inner, objects.layer, facts)
    planes |= _gap(planes, form[box], request, config, facts)
    return Drawing(Segmentation(planes, f"shapes, seed {request.seed}"), layers, None, dropped)


@dataclass(frozen=True)
class _Drawn:
    """Objects in a field, one row each."""

    centres: np.ndarray
    radii: np.ndarray
    area: np.ndarray
    inner_radii: np.ndarray
    inner_area: np.ndarray
    at_border: np.ndarray
    layer: np.ndarray


def _objects(
    learned: Learned,
    kind: int,
    points: np.ndarray,
    shape: tuple[int, int],
    variety: float,
    random: np.random.Generator,
) -> _Drawn:
    """Return an object at each point."""
    rows, group = _samples(learned, kind, points, shape, random)
    n, names = len(points), _groups(learned.arrays, kind)
    drawn = _Drawn(
        points,
        np.zeros((n, ANGLES), np.float32),
        np.zeros(n),
        np.zeros((n, ANGLES), np.float32),
        np.full(n, np.nan),
        np.zeros(n, bool),
        np.full(n, NO_LAYER, np.uint8),
    )
    for number, name in enumerate(names):
        at = np.flatnonzero(group == number)
        prefix, chosen = f"{kind}_{name}", rows[at]
        model = ShapeModel.stored(learned.arrays, prefix)
        area, inner_area = (
            learned.arrays[f"{prefix}_{key}"][chosen] * spread
            for key, spread in zip(
                ("area", "inner_area"), _near_one(len(at), variety, random), strict=True
            )
        )
        shapes = from_vectors(model.drawn(chosen, variety, random), area, inner_area)
        turn = learned.arrays[f"{prefix}_angle"][chosen] + np.pi * random.integers(0, 2, len(at))
        mirrored = random.random(len(at)) < 0.5
        outline, inner, place = placed(shapes, turn, mirrored)
        drawn.radii[at], drawn.area[at] = radii(outline, place), area
        drawn.layer[at] = learned.arrays[f"{prefix}_layer"][chosen]
        if name == "full":
            drawn.inner_radii[at], drawn.inner_area[at] = radii(inner), inner_area
            drawn.at_border[at] = learned.arrays[f"{prefix}_at_border"][chosen] > 0
    return drawn


def _near_one(count: int, variety: float, random: np.random.Generator) -> np.ndarray:
    """Return factors by which areas differ from those of training, (2, count)."""
    factors: np.ndarray = np.exp(_AREA_SPREAD * variety * random.standard_normal((2, count)))
    return factors


def _samples(
    learned: Learned,
    kind: int,
    points: np.ndarray,
    shape: tuple[int, int],
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each point a training object of such surroundings: its row and group."""
    arrays = learned.arrays
    sizes = [len(arrays[f"{kind}_{name}_weight"]) for name in _groups(arrays, kind)]
    weight, around, near_layer = (
        np.concatenate([arrays[f"{kind}_{name}_{key}"] for name in _groups(arrays, kind)])
        for key in ("weight", "around", "near_layer")
    )
    diameter = float(learned.facts["diameter_px"])
    chosen = assigned(points, shape, weight, around, near_layer, diameter, random)
    group = np.repeat(np.arange(len(sizes)), sizes)
    row = np.concatenate([np.arange(size) for size in sizes])
    return row[chosen], group[chosen]


def _groups(arrays: Mapping[str, np.ndarray], kind: int) -> list[str]:
    """Return the groups of objects that a kind of field has: with and without others in them."""
    return [name for name in ("full", "bare") if f"{kind}_{name}_mean" in arrays]


def _labels(
    shape: tuple[int, int],
    objects: _Drawn,
    facts: Mapping[str, Any],
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return outer and inner labels, int32 (Y, X) with common ids, and how many were dropped.

    Objects lie around what lies in them: that is kept within what neighbours leave of its object.
    """
    smallest = facts["smallest_px"]
    filled = fill(shape, objects.centres, objects.radii, objects.area, smallest["outer"])
    outer = roughened(filled.labels, ROUGH_PX, random)
    full = np.flatnonzero(~np.isnan(objects.inner_area))
    inner = np.zeros(shape, np.int32)
    if len(full):
        number = np.zeros(len(objects.centres) + 1, np.int32)
        number[full + 1] = np.arange(1, len(full) + 1)
        # Where it did not reach the border in training it keeps within.
        room = ~near_border(outer) | np.append(False, objects.at_border)[outer]
        within = fill(
            shape,
            objects.centres[full],
            objects.inner_radii[full],
            objects.inner_area[full],
            smallest["inner"],
            np.where(room, number[outer], 0),
        )
        inner = np.append(0, full + 1)[within.labels].astype(np.int32)
    return outer, inner, filled.dropped


def _planes(
    outer: np.ndarray, inner: np.ndarray, layer: np.ndarray, facts: Mapping[str, Any]
) -> tuple[dict[str, ObjectPlane], np.ndarray]:
    """Return the planes of a field, ids 1 to n in raster order, and the layer of each id."""
    shared, numbered = share_ids(inner, outer)
    layers = np.full(int(numbered.max(initial=0)) + 1, NO_LAYER, np.uint8)
    inside = numbered > 0
    layers[numbered[inside]] = layer[outer[inside] - 1]
    sizes = facts["diameters_px"]
    planes = {}
    if facts["inner"] is not None:
        plane = ObjectPlane(shared, sizes.get(facts["inner"]), facts["outer"])
        planes[facts["inner"]] = plane
    planes[facts["outer"]] = ObjectPlane(numbered, sizes.get(facts["outer"]))
    return planes, layers


def _gap(
    planes: Mapping[str, ObjectPlane],
    form: np.ndarray,
    request: DrawRequest,
    config: ShapesConfig,
    facts: Mapping[str, Any],
) -> dict[str, ObjectPlane]:
    """Return the plane of the gap, where the real segmentations have one."""
    if GAP not in facts["masks"]:
        return {}
    objects = [plane.array for plane in planes.values()]
    free = np.logical_and.reduce([labels == 0 for labels in objects])
    if config.gap == "learned" and request.gap is not None:
        sizes = facts["diameters_px"]
        diameter = sizes.get("cells") or facts["diameter_px"]
        return {GAP: ObjectPlane(find_gap(objects, diameter, request.gap))}
    return {GAP: ObjectPlane(form & free)}
