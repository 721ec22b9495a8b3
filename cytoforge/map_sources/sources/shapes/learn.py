"""Learn outlines, places and layers of the objects in training fields."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cytoforge.errors import UserError
from cytoforge.map_sources.layers_of_objects import layers_of_objects
from cytoforge.map_sources.learned_file import Learned
from cytoforge.map_sources.registry import TrainingField
from cytoforge.map_sources.sources.shapes.depths import Depths
from cytoforge.map_sources.sources.shapes.fill import near_border
from cytoforge.map_sources.sources.shapes.outlines import areas, outlines, turned, upright
from cytoforge.map_sources.sources.shapes.pair_potential import fit_potential
from cytoforge.map_sources.sources.shapes.population import Objects, ShapeModel, to_vectors
from cytoforge.map_sources.sources.shapes.surroundings import mean_distance, near_layers
from cytoforge.references.codes import Code
from cytoforge.references.intensity_layers import centroids
from cytoforge.segmentation.segmentation import Segmentation

# Fewer whole objects say nothing of how they differ.
_FEWEST = 20
# Training fields are sorted by how dense they are, into at most so many kinds.
_KINDS = 4
# Of each object, beside its shape.
_STORED = ("area", "inner_area", "weight", "around", "angle", "layer", "near_layer", "at_border")


@dataclass(frozen=True)
class _Field:
    """What one training field says of its objects, one row per object with outline."""

    shape: tuple[int, int]
    points: np.ndarray
    whole: np.ndarray
    objects: Objects
    area: np.ndarray
    inner_area: np.ndarray
    weight: np.ndarray
    around: np.ndarray
    angle: np.ndarray
    layer: np.ndarray
    near_layer: np.ndarray
    at_border: np.ndarray
    pixels: dict[str, Depths]
    diameters: dict[str, float]

    @property
    def density(self) -> float:
        """Objects per px²: each whole one counts by the places that it could have had without
        being cut (Miles 1974; Lantuéjoul 1978)."""
        return float(self.weight[self.whole].sum())


def learn(fields: Sequence[TrainingField], codes: Sequence[Code], seed: int) -> Learned:
    """Return shapes, pair potentials and layers; UserError where there are too few whole objects.

    Parameters
    ----------
    fields : with objects of one name, and at most one other name within them
    """
    outer, inner = object_names(fields[0].segmentation)
    read = [_read(field, outer, inner, codes) for field in fields]
    whole = sum(int(field.whole.sum()) for field in read)
    if whole < _FEWEST:
        raise UserError(
            where="map source `shapes`",
            expected=f"at least {_FEWEST} {outer} in the training regions that no edge cuts",
            found=f"{whole}",
            fix="give more images, raise split.fractions.train, or take `maps_by: perturbed`",
        )
    kinds = _kinds(read)
    arrays: dict[str, np.ndarray] = {}
    diameter = float(
        np.median(np.sqrt(np.concatenate([f.area[f.whole] for f in read]) * 4 / np.pi))
    )
    for number, members in enumerate(kinds):
        arrays |= _learn_kind([read[i] for i in members], number, diameter, seed)
    kind_of = {i: number for number, members in enumerate(kinds) for i in members}
    table = [[f.shape[0], f.shape[1], f.density, kind_of[i]] for i, f in enumerate(read)]
    arrays["fields"] = np.array(table, np.float64)
    sizes = [field.pixel_size_um for field in fields if field.pixel_size_um is not None]
    facts = {
        "outer": outer,
        "inner": inner,
        "within": _within(fields[0].segmentation, inner),
        "masks": sorted(fields[0].segmentation.masks),
        "diameter_px": diameter,
        "diameters_px": read[0].diameters,
        "smallest_px": _smallest(read),
        "pixel_size_um": float(np.median(sizes)) if sizes else None,
    }
    return Learned(arrays, facts)


def object_names(segmentation: Segmentation) -> tuple[str, str | None]:
    """Return the name of the objects that lie in no others, and of those that lie in them."""
    outer = segmentation.main_object
    inner = [name for name in segmentation.instances if name != outer]
    return outer, inner[0] if inner else None


def _within(segmentation: Segmentation, inner: str | None) -> bool:
    return inner is not None and segmentation.objects[inner].within is not None


def _smallest(read: Sequence[_Field]) -> dict[str, float]:
    """Return the areas below which cleaning drops an object, px²: half of the smallest whole one
    in training, or small objects would be fewer than they were."""
    outer = np.concatenate([field.area[field.whole] for field in read])
    inner = np.concatenate([field.inner_area[field.whole] for field in read])
    inner = inner[~np.isnan(inner)]
    return {"outer": outer.min() / 2, "inner": inner.min() / 2 if inner.size else 0.0}


def _read(field: TrainingField, outer: str, inner: str | None, codes: Sequence[Code]) -> _Field:
    labels = field.segmentation[outer]
    ids, found = outlines(labels)
    whole, weight = _whole(labels, ids)
    pixels = np.bincount(labels.ravel(), minlength=int(labels.max(initial=0)) + 1)[ids]
    centres = centroids(labels)[ids]
    shapes, angles = upright(found) if len(ids) else (found, np.zeros(0))
    objects, inner_area = _with_inner(field.segmentation, inner, ids, centres, shapes, angles)
    points = centres if inner is None else _inner_centres(field.segmentation[inner], ids, centres)
    layer = layers_of_objects(labels, field.label_map, codes)[ids]
    planes = field.segmentation.objects.items()
    outline = objects.outline * np.sqrt(pixels / np.maximum(areas(objects.outline), 1))[:, None]
    return _Field(
        (labels.shape[0], labels.shape[1]),
        points,
        whole,
        Objects(outline, objects.inner, objects.place),
        pixels.astype(np.float64),
        inner_area,
        weight,
        mean_distance(points),
        angles,
        layer,
        near_layers(points, layer),
        _at_border(labels, None if inner is None else field.segmentation[inner], ids),
        _pixels(field.segmentation, outer, inner, ids, points),
        {name: plane.diameter_px for name, plane in planes if plane.diameter_px is not None},
    )


def _pixels(
    segmentation: Segmentation, outer: str, inner: str | None, ids: np.ndarray, points: np.ndarray
) -> dict[str, Depths]:
    """Return the pixels of objects and of what lies in them, by what their names end in."""
    labels = segmentation[outer]
    if inner is None:
        return {"": Depths.of(labels, ids, points)}
    inside = segmentation[inner]
    return {
        "": Depths.of(labels, ids, points, inside),
        "_inner": Depths.of(inside, ids, points),
    }


def _whole(labels: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which objects the edge of a field does not cut, and 1 / the area of the places that
    they could have without being cut."""
    rows, cols = np.nonzero(labels)
    owner = labels[rows, cols]
    low = np.full((int(labels.max(initial=0)) + 1, 2), np.iinfo(np.int64).max)
    high = np.full_like(low, -1)
    for axis, values in enumerate((rows, cols)):
        np.minimum.at(low[:, axis], owner, values)
        np.maximum.at(high[:, axis], owner, values)
    low, high, shape = low[ids], high[ids], np.array(labels.shape)
    whole = (low > 0).all(1) & (high < shape - 1).all(1)
    room = np.maximum(shape - (high - low) - 2, 1).prod(1)
    return whole, 1.0 / room


def _with_inner(
    segmentation: Segmentation,
    inner: str | None,
    ids: np.ndarray,
    centres: np.ndarray,
    shapes: np.ndarray,
    angles: np.ndarray,
) -> tuple[Objects, np.ndarray]:
    """Return objects with what lies in them, which has the same ids, and its areas."""
    nothing = np.full(shapes.shape, np.nan, np.complex128)
    place, area = np.zeros((len(ids), 2)), np.full(len(ids), np.nan)
    if inner is None or segmentation.objects[inner].within is None:
        return Objects(shapes, nothing, place), area
    labels = segmentation[inner]
    inner_ids, found = outlines(labels)
    at = np.searchsorted(ids, inner_ids)
    pixels = np.bincount(labels.ravel(), minlength=int(labels.max(initial=0)) + 1)[inner_ids]
    scale = np.sqrt(pixels / np.maximum(areas(found), 1))[:, None]
    back = np.exp(-1j * angles[at])
    nothing[at] = turned(found * scale, -angles[at])
    away = (centroids(labels)[inner_ids] - centres[at]) @ np.array([1j, 1]) * back
    place[at] = np.stack([away.real, away.imag], 1)
    area[at] = pixels
    return Objects(shapes, nothing, place), area


def _inner_centres(labels: np.ndarray, ids: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the centres of what lies in objects, or the objects' own, rows and columns (n, 2)."""
    found = np.full((int(ids.max(initial=0)) + 1, 2), np.nan)
    inside = centroids(labels)
    found[: len(inside)] = inside
    return np.where(np.isnan(found[ids]), centres, found[ids])


def _at_border(labels: np.ndarray, inner: np.ndarray | None, ids: np.ndarray) -> np.ndarray:
    """Return in which objects another one reaches the border, uint8 (n,)."""
    if inner is None:
        return np.zeros(len(ids), np.uint8)
    reaching = inner[near_border(labels) & (inner > 0)]
    return np.isin(ids, reaching).astype(np.uint8)


def _kinds(read: Sequence[_Field]) -> list[list[int]]:
    """Return the fields of each kind, sparse ones first; each kind has enough whole objects."""
    order = sorted(range(len(read)), key=lambda i: read[i].density)
    kinds: list[list[int]] = []
    for members in np.array_split(np.array(order), min(_KINDS, len(read))):
        few = kinds and sum(read[i].whole.sum() for i in kinds[-1]) < 2 * _FEWEST
        if few:
            kinds[-1] += members.tolist()
        else:
            kinds.append(members.tolist())
    if len(kinds) > 1 and sum(read[i].whole.sum() for i in kinds[-1]) < 2 * _FEWEST:
        kinds[-2] += kinds.pop()
    return kinds


def _learn_kind(
    read: Sequence[_Field], number: int, diameter: float, seed: int
) -> dict[str, np.ndarray]:
    """Return the arrays of one kind of fields, their names beginning with its number."""
    arrays: dict[str, np.ndarray] = {}
    for name, with_inner in (("full", True), ("bare", False)):
        parts = [_chosen(field, with_inner) for field in read]
        if sum(len(part["area"]) for part in parts) < 2:
            continue
        joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        objects = Objects(joined["outline"], joined["inner"], joined["place"])
        vectors = to_vectors(objects, joined["area"], joined["inner_area"])
        arrays |= ShapeModel.fitted(vectors).arrays(f"{number}_{name}")
        for key in _STORED:
            arrays[f"{number}_{name}_{key}"] = joined[key]
        for of in read[0].pixels if with_inner else ("",):
            chosen = [f.pixels[of].take(np.flatnonzero(_is_chosen(f, with_inner))) for f in read]
            arrays |= Depths.joined(chosen).arrays(f"{number}_{name}{of}")
    patterns = [(field.points, field.shape) for field in read]
    potential = fit_potential(patterns, diameter, seed)
    arrays[f"{number}_energies"] = potential.energies
    arrays[f"{number}_step_px"] = np.array([potential.step_px])
    return arrays


def _chosen(field: _Field, with_inner: bool) -> dict[str, np.ndarray]:
    """Return the whole objects in which another lies, or none."""
    chosen = _is_chosen(field, with_inner)
    parts = {**vars(field.objects), **{key: getattr(field, key) for key in _STORED}}
    return {key: values[chosen] for key, values in parts.items()}


def _is_chosen(field: _Field, with_inner: bool) -> np.ndarray:
    chosen: np.ndarray = field.whole & (field.objects.has_inner == with_inner)
    return chosen
