"""Draw a field: points by the pair potential, at each an object of surroundings as dense."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from cytoforge.config.objects import GAP
from cytoforge.map_sources.layers_of_objects import turn_of
from cytoforge.map_sources.learned_file import Learned
from cytoforge.map_sources.registry import Drawing, DrawRequest
from cytoforge.map_sources.sources.shapes.config import ShapesConfig
from cytoforge.map_sources.sources.shapes.depths import Depths, Pixels, joined
from cytoforge.map_sources.sources.shapes.fill import fill, near_border
from cytoforge.map_sources.sources.shapes.fitting import fitting, laid
from cytoforge.map_sources.sources.shapes.gap_forms import allowed_cells, gap_form
from cytoforge.map_sources.sources.shapes.layout import Potential, grid_shape, lay_out
from cytoforge.map_sources.sources.shapes.outlines import ANGLES, radii
from cytoforge.map_sources.sources.shapes.population import ShapeModel, from_vectors
from cytoforge.map_sources.sources.shapes.surroundings import assigned
from cytoforge.references.intensity_layers import NO_LAYER
from cytoforge.segmentation.gap import find_gap
from cytoforge.segmentation.identity import share_ids
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation

# Fields are drawn with a margin of so many diameters, and cut: objects at the edge are cut too.
_MARGIN = 2.0
# Of the logarithm of areas at full variety: more would widen their distribution.
_AREA_SPREAD = 0.15
# Outlines seen from beside their middle may be near in one direction: ratios there say little.
_WIDER = (0.7, 1.4)
# In directions: sixteen coefficients know of nothing finer.
_SMOOTH = 3.0


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
    outer, inner, dropped = _labels((height, width), objects, facts)
    box = np.s_[margin : margin + request.shape[0], margin : margin + request.shape[1]]
    outer, inner = outer[box], inner[box]
    planes, layers = _planes(outer, inner, objects.layer, facts)
    planes |= _gap(planes, form[box], request, config, facts)
    return Drawing(Segmentation(planes, f"shapes, seed {request.seed}"), layers, None, dropped)


@dataclass(frozen=True)
class _Drawn:
    """Objects in a field, one row each, first those in which another lies.

    pixels : that each may take, those of the inner ones beside them
    inner_area : of the first objects alone
    """

    centres: np.ndarray
    pixels: Pixels
    area: np.ndarray
    inner_pixels: Pixels
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
    order = np.argsort(group, kind="stable")
    parts = [
        _Group.drawn(learned.arrays, f"{kind}_{name}", rows[group == number], variety, random)
        for number, name in enumerate(_groups(learned.arrays, kind))
    ]
    stored = {key: np.concatenate([part.stored[key] for part in parts]) for key in _DRAWN}
    with_inner = [part for part in parts if part.inner_pixels is not None]
    pixels = joined([part.pixels for part in parts])
    diameter = learned.facts["diameter_px"]
    symmetry, centres = fitting(shape, points[order], pixels, diameter, random)
    inner_pixels = [part.inner_pixels for part in with_inner if part.inner_pixels is not None]
    return _Drawn(
        centres,
        laid(pixels, symmetry),
        stored["area"],
        laid(joined(inner_pixels), symmetry),
        np.concatenate([np.zeros(0), *(part.stored["inner_area"] for part in with_inner)]),
        stored["at_border"] > 0,
        stored["layer"],
    )


# Of each object that is drawn, as of that which it is like.
_DRAWN = ("area", "inner_area", "at_border", "layer")


@dataclass(frozen=True)
class _Group:
    """Objects of one kind of field, in all of which another lies, or in none."""

    stored: Mapping[str, np.ndarray]
    pixels: Pixels
    inner_pixels: Pixels | None

    @classmethod
    def drawn(
        cls,
        arrays: Mapping[str, np.ndarray],
        prefix: str,
        rows: np.ndarray,
        variety: float,
        random: np.random.Generator,
    ) -> "_Group":
        """Return objects that are like those of training in these rows."""
        stored = {key: arrays[f"{prefix}_{key}"][rows] for key in (*_DRAWN, "angle")}
        wider = _wider(ShapeModel.stored(arrays, prefix), rows, stored, variety, random)
        pixels = [
            Depths.stored(arrays, f"{prefix}{of}").drawn(rows, by)
            for of, by in zip(("", "_inner"), wider, strict=False)
        ]
        for key, factors in zip(
            ("area", "inner_area"), _near_one(len(rows), variety, random), strict=True
        ):
            stored[key] = stored[key] * factors
        return cls(stored, pixels[0], pixels[1] if len(pixels) > 1 else None)


def _wider(
    model: ShapeModel,
    rows: np.ndarray,
    stored: Mapping[str, np.ndarray],
    variety: float,
    random: np.random.Generator,
) -> list[np.ndarray]:
    """Return how much further new outlines reach in each direction than those of training, float32
    (n, ANGLES): those of objects, and of what lies in them."""
    there, first, of = np.unique(rows, return_index=True, return_inverse=True)
    areas = [stored[key] for key in ("area", "inner_area")]
    new = _reach(model.drawn(rows, variety, random), *areas)
    old = _reach(model.of_training(there), *(area[first] for area in areas))
    back = np.rint(stored["angle"] * (ANGLES / (2 * np.pi))).astype(np.int64)
    at = (np.arange(ANGLES) - back[:, None]) % ANGLES
    ratios = (ours / theirs[of] for ours, theirs in zip(new, old, strict=True))
    smooth = (gaussian_filter1d(np.clip(one, *_WIDER), _SMOOTH, mode="wrap") for one in ratios)
    return [np.take_along_axis(one, at, 1) for one in smooth]


def _reach(vectors: np.ndarray, area: np.ndarray, inner_area: np.ndarray) -> list[np.ndarray]:
    """Return how far outlines reach from where they are laid, and those of what lies in them."""
    shapes = from_vectors(vectors, area, inner_area)
    own = [radii(shapes.outline, shapes.place @ np.array([1, 1j]))]
    return [*own, radii(shapes.inner)] if shapes.has_inner.any() else own


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
    shape: tuple[int, int], objects: _Drawn, facts: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return outer and inner labels, int32 (Y, X) with common ids, and how many were dropped.

    Objects lie around what lies in them: that is kept within what neighbours leave of its object.
    """
    smallest = facts["smallest_px"]
    filled = fill(shape, objects.centres, objects.pixels, objects.area, smallest["outer"])
    outer, full = filled.labels, len(objects.inner_area)
    if not full:
        return outer, np.zeros(shape, np.int32), filled.dropped
    # Where it did not reach the border in training it keeps within.
    room = ~near_border(outer) | np.append(False, objects.at_border)[outer]
    within = fill(
        shape,
        objects.centres[:full],
        objects.inner_pixels,
        objects.inner_area,
        smallest["inner"],
        np.where(room, outer, 0),
    )
    return outer, within.labels, filled.dropped


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
