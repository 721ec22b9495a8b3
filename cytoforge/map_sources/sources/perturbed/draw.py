"""Draw a field: a training map turned, flipped and bent, some cells taken away, moved or added."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import ndimage

from cytoforge.config.objects import GAP
from cytoforge.map_sources.layers_of_objects import turn_of
from cytoforge.map_sources.learned_file import Learned
from cytoforge.map_sources.registry import Drawing, DrawRequest
from cytoforge.map_sources.sources.perturbed.config import PerturbedConfig
from cytoforge.map_sources.sources.perturbed.edits import paste, remove
from cytoforge.segmentation.gap import find_gap
from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation


def draw(
    learned: Learned, request: DrawRequest, config: PerturbedConfig, random: np.random.Generator
) -> Drawing:
    """Return a field made of one training field: each has its turn, by its area."""
    facts, arrays = learned.facts, learned.arrays
    areas = [arrays[f"{number}_label_map"].size for number in range(facts["fields"])]
    number = turn_of(request.seed, np.array(areas, np.float64))
    rows, cols, copy = _places(
        arrays[f"{number}_label_map"].shape, request.shape, config, facts["diameter_px"], random
    )
    planes = {
        one["name"]: arrays[f"{number}_plane_{one['name']}"][rows, cols] for one in facts["planes"]
    }
    method = f"perturbed, seed {request.seed}"
    if facts["own"]:
        label_map = arrays[f"{number}_label_map"][rows, cols]
        objects = {name: _apart(plane, copy)[0] for name, plane in planes.items()}
        return Drawing(_segmentation(objects, facts, method), None, label_map)
    labels = {one["name"]: planes[one["name"]] for one in facts["planes"] if one["kind"] != "mask"}
    main, original = _apart(labels[facts["main"]], copy)
    objects, origin = _changed(labels, main, facts, config, random)
    layers = arrays[f"{number}_layers"][original[origin]]
    for one in facts["planes"]:
        if one["kind"] == "mask":
            objects[one["name"]] = _mask(one["name"], planes, objects, request, facts)
    return Drawing(_segmentation(objects, facts, method), layers)


def _places(
    source: tuple[int, ...],
    wanted: tuple[int, int],
    config: PerturbedConfig,
    diameter_px: float,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return from where each pixel is taken, rows and columns, and of which mirror image, int.

    Where the source is smaller than the field it is continued by its mirror images.
    """
    turned = bool(random.integers(2))
    shape = wanted[::-1] if turned else wanted
    moved = []
    for side, length in zip(source, shape, strict=True):
        start = random.integers(max(side - length, 0) + 1)
        line = start + np.arange(length, dtype=np.float64)
        moved.append(line[::-1] if random.integers(2) else line)
    across, along = np.meshgrid(*moved, indexing="ij")
    across, along = (line + _bend(shape, config, diameter_px, random) for line in (across, along))
    places, copies = [], []
    for line, side in zip((across, along), source, strict=True):
        whole = np.rint(line).astype(np.int64)
        copies.append(whole // side)
        within = whole % side
        places.append(np.where(copies[-1] % 2 == 0, within, side - 1 - within))
    copy = copies[0] * 4096 + copies[1]
    rows, cols, copy = (part.T if turned else part for part in (*places, copy))
    return rows, cols, copy - copy.min()


def _bend(
    shape: tuple[int, int], config: PerturbedConfig, diameter_px: float, random: np.random.Generator
) -> np.ndarray:
    """Return a smooth random displacement, float64 (Y, X), px (Simard et al. 2003)."""
    noise = ndimage.gaussian_filter(
        random.standard_normal(shape), config.deformation_scale * diameter_px, mode="wrap"
    )
    bend: np.ndarray = noise * (config.deformation_px / max(float(noise.std()), 1e-12))
    return bend


def _apart(labels: np.ndarray, copy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels in which mirror images of an object are objects of their own, int32 (Y, X), and
    the former id of each."""
    joined = np.where(labels > 0, copy.astype(np.int64) * (int(labels.max()) + 1) + labels, 0)
    ids, numbers = np.unique(joined, return_inverse=True)
    if ids[0] != 0:
        ids, numbers = np.append(0, ids), numbers + 1
    return numbers.reshape(labels.shape).astype(np.int32), ids % (int(labels.max()) + 1)


def _changed(
    labels: Mapping[str, np.ndarray],
    main: np.ndarray,
    facts: Mapping[str, Any],
    config: PerturbedConfig,
    random: np.random.Generator,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the planes with cells taken away, moved and pasted, and of which id of `main` each id
    there is now."""
    inner = [name for name in labels if _is_within(facts, name)]
    beside = [name for name in labels if name not in (facts["main"], *inner)]
    others = np.logical_or.reduce([labels[name] > 0 for name in beside], initial=False)
    others = np.broadcast_to(others, main.shape)
    stack = np.stack([main, *(np.where(labels[name] > 0, main, 0) for name in inner)])
    count, reach = int(main.max(initial=0)), facts["diameter_px"]
    origin, order = list(range(count + 1)), random.permutation(count) + 1
    n_removed, n_moved, n_pasted = (
        round(part * count) for part in (config.removed, config.moved, config.pasted)
    )
    remove(stack, order[:n_removed])
    for id_ in order[n_removed : n_removed + n_moved].tolist():
        paste(stack, others, id_, id_, reach, random)
    for id_ in order[n_removed:][:n_pasted].tolist():
        if paste(stack, others, id_, len(origin), None, random):
            origin.append(id_)
    changed = dict(zip([facts["main"], *inner], stack, strict=True))
    changed |= {name: labels[name] for name in beside}
    return {name: changed[name].astype(np.int32) for name in labels}, np.array(origin)


def _is_within(facts: Mapping[str, Any], name: str) -> bool:
    return any(one["name"] == name and one["within"] is not None for one in facts["planes"])


def _mask(
    name: str,
    planes: Mapping[str, np.ndarray],
    objects: Mapping[str, np.ndarray],
    request: DrawRequest,
    facts: Mapping[str, Any],
) -> np.ndarray:
    """Return a mask: the gap by the segmentation's own rule, where it has one; else as it was,
    without the objects that lie on it now."""
    arrays = [plane for plane in objects.values() if plane.dtype != np.bool_]
    if name == GAP and request.gap is not None:
        sizes = {one["name"]: one["diameter_px"] for one in facts["planes"]}
        return find_gap(arrays, sizes.get("cells") or facts["diameter_px"], request.gap)
    mask: np.ndarray = (planes[name] > 0) & np.logical_and.reduce([a == 0 for a in arrays])
    return mask


def _segmentation(
    objects: Mapping[str, np.ndarray], facts: Mapping[str, Any], method: str
) -> Segmentation:
    planes = {
        one["name"]: ObjectPlane(objects[one["name"]], one["diameter_px"], one["within"])
        for one in facts["planes"]
    }
    return Segmentation(planes, method)
