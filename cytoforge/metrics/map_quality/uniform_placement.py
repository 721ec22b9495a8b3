"""The trivial source of label maps: real objects put down anywhere, as long as none touch.

Shapes, sizes and codes are those of real objects; only where they lie is not learned. A source that
lays cells out as they lie has to be nearer to real maps than this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from cytoforge.config.segmentation import GapConfig
from cytoforge.metrics.map_quality.map_fields import MapField
from cytoforge.metrics.map_quality.object_measures import whole_objects
from cytoforge.references.codes import Code
from cytoforge.seeds import generator
from cytoforge.segmentation.gap import find_gap

TRIES = 200
"""Places drawn for an object before it is left out. More find room for few: after 200 the shipped
maps, whose cells touch, are as full as objects put down at random become."""
RIM_PX = 3
"""How far the codes of an object reach beyond its labels: rims may be widened."""


@dataclass(frozen=True)
class Stamp:
    """A real object that can be put down: all (h, w).

    pixels : where it has any; codes : of these; planes : which pixels are of which objects, by name
    weight : how seldom its field shows an object of this size whole, see `whole_objects`
    """

    pixels: np.ndarray
    codes: np.ndarray
    planes: Mapping[str, np.ndarray]
    weight: float

    def turned(self, symmetry: int) -> "Stamp":
        """Return it under one of the 8 symmetries of the square."""
        return Stamp(
            turned(self.pixels, symmetry),
            turned(self.codes, symmetry),
            {name: turned(plane, symmetry) for name, plane in self.planes.items()},
            self.weight,
        )


def turned(array: np.ndarray, symmetry: int) -> np.ndarray:
    """Return an array (Y, X) under symmetry 0 to 7: quarter turns, from 4 on mirrored first.

    >>> turned(np.array([[1, 2], [3, 4]]), 5).tolist()
    [[1, 3], [2, 4]]
    """
    return np.rot90(array[:, ::-1] if symmetry >= 4 else array, symmetry % 4)


def place_uniformly(
    real: Sequence[MapField],
    shapes: Sequence[tuple[int, int]],
    codes: Sequence[Code],
    seed: int,
    gap: GapConfig | None = None,
) -> list[MapField]:
    """Return a map of each shape with as many real objects per area as the real maps have.

    Objects are drawn with replacement, turned by one of 8 symmetries, and put down at random, also
    across the edge. What finds no place in `TRIES` is left out, so that maps whose cells touch are
    emptier here: no layout at random without overlap is as full. None at all where no real map
    shows an object whole.

    gap : the rule by which real maps have their gap, which finds that of these; None without one
    """
    stamps = [stamp for field in real for stamp in stamps_of(field, codes)]
    if not stamps:
        return []
    ground, density = ground_code(real, codes), object_density(real)
    placed = [
        _place(f"uniform_{number:04d}", stamps, density, shape, ground, seed)
        for number, shape in enumerate(shapes, start=1)
    ]
    of_gap = [code.code for code in codes if code.region == "gap"]
    if gap is None or not gap.needs_cells or not of_gap:
        return placed
    area = float(np.median([np.count_nonzero(stamp.pixels) for stamp in stamps]))
    return [_with_gap(field, of_gap[0], 2 * float(np.sqrt(area / np.pi)), gap) for field in placed]


def _with_gap(field: MapField, code: int, cell_px: float, rule: GapConfig) -> MapField:
    empty = find_gap(list(field.objects.values()), cell_px, rule)
    free = next(iter(field.objects.values())) == 0
    labels = np.where(empty & free, np.uint8(code), field.labels)
    return replace(field, labels=labels)


def stamps_of(field: MapField, codes: Sequence[Code]) -> list[Stamp]:
    """Return the whole objects of a map, each with what lies in it and the rims around it."""
    main = next(iter(field.objects.values()))
    rims = np.array([code.region.endswith("rim") for code in codes])[field.labels]
    boxes, found = ndimage.find_objects(main), []
    for number, weight in zip(*whole_objects(main), strict=True):
        rows, cols = boxes[number - 1]
        box = np.s_[
            max(rows.start - RIM_PX, 0) : rows.stop + RIM_PX,
            max(cols.start - RIM_PX, 0) : cols.stop + RIM_PX,
        ]
        own = main[box] == number
        near = ndimage.binary_dilation(own, np.ones((3, 3)), RIM_PX)
        pixels = own | (near & (main[box] == 0) & rims[box])
        planes = {name: np.where(own, plane[box], 0) for name, plane in field.objects.items()}
        found.append(Stamp(pixels, field.labels[box], planes, float(weight)))
    return found


def ground_code(real: Sequence[MapField], codes: Sequence[Code]) -> int:
    """Return the code that most pixels without an object have, of the gap only where there is no
    other."""
    counts = np.zeros(len(codes), np.int64)
    for field in real:
        empty = next(iter(field.objects.values())) == 0
        counts += np.bincount(field.labels[empty], minlength=len(codes))
    around = counts * np.array([code.region != "gap" for code in codes])
    return int((around if around.any() else counts).argmax())


def object_density(real: Sequence[MapField]) -> float:
    """Return the main objects per pixel; of those that the edge cuts half count."""
    objects = 0.0
    for field in real:
        main = next(iter(field.objects.values()))
        whole = len(whole_objects(main)[0])
        objects += whole + (np.count_nonzero(np.unique(main)) - whole) / 2
    return objects / sum(field.labels.size for field in real)


def _place(
    name: str,
    stamps: Sequence[Stamp],
    density: float,
    shape: tuple[int, int],
    ground: int,
    seed: int,
) -> MapField:
    random = generator(seed, "metrics", "map_quality", name)
    # On a canvas with a margin, so that objects lie across the edge as they do in real fields.
    margin = max(max(stamp.pixels.shape) for stamp in stamps)
    height, width = (side + 2 * margin for side in shape)
    taken = np.zeros((height, width), bool)
    labels = np.full((height, width), ground, np.uint8)
    planes = {n: np.zeros((height, width), np.int32) for n in stamps[0].planes}
    chance, number_of = _chances(stamps, (height, width), density)
    for number, chosen in enumerate(random.choice(len(stamps), number_of, p=chance), start=1):
        stamp = stamps[chosen].turned(int(random.integers(8)))
        box = _free_box(taken, stamp.pixels, random)
        if box is None:
            continue
        taken[box] |= ndimage.binary_dilation(stamp.pixels, np.ones((3, 3)))
        labels[box][stamp.pixels] = stamp.codes[stamp.pixels]
        for plane, own in stamp.planes.items():
            planes[plane][box][own > 0] = number
    inner = np.s_[margin:-margin, margin:-margin]
    cropped = {n: np.ascontiguousarray(plane[inner]) for n, plane in planes.items()}
    return MapField(name, name, np.ascontiguousarray(labels[inner]), cropped)


def _chances(
    stamps: Sequence[Stamp], shape: tuple[int, int], density: float
) -> tuple[np.ndarray, int]:
    """Return how likely each object is, and how many are put down on a canvas.

    A large one has fewer places, which are the more crowded: it is drawn more often, so that away
    from the canvas' edge every size is as frequent as in real maps.
    """
    places = [np.prod(np.array(shape) - one.pixels.shape + 1) for one in stamps]
    weights = np.array([one.weight for one in stamps])
    expected = weights * places
    return expected / expected.sum(), round(density * float(expected.sum() / weights.sum()))


def _free_box(
    taken: np.ndarray, pixels: np.ndarray, random: np.random.Generator
) -> tuple[slice, slice] | None:
    """Return the first of `TRIES` random places where none of the pixels is taken."""
    height, width = pixels.shape
    rows = random.integers(0, taken.shape[0] - height + 1, TRIES)
    cols = random.integers(0, taken.shape[1] - width + 1, TRIES)
    inside = np.argwhere(pixels)
    # The middle pixel first: it tells most places apart that are taken.
    middle = inside[len(inside) // 2]
    for row, col in zip(rows, cols, strict=True):
        if taken[row + middle[0], col + middle[1]]:
            continue
        box = np.s_[row : row + height, col : col + width]
        if not (taken[box] & pixels).any():
            return box
    return None
