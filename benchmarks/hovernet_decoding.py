"""HoVer-Net's maps to nuclei: the published loop and ours, in turns in one process.

    python -m benchmarks.hovernet_decoding [--side 1000] [--nuclei 500] [--rounds 5]

The field is made up: ellipses that touch, their exact maps with noise. Both give the same labels,
centroids and types, or this stops. Contours are left out of both: OpenCV traces them in compiled
code. The shortest times of the rounds are told, which other programs disturb least.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from benchmarks.textbook import hovernet_loop
from cytoforge.models.hovernet.decoding import nuclei_of
from cytoforge.models.hovernet.targets import hover_maps
from cytoforge.segmentation.classes import majority

Maps = tuple[np.ndarray, np.ndarray, np.ndarray]


def made_up_labels(side: int, count: int, random: np.random.Generator) -> np.ndarray:
    """Return ellipses with axes of 16 to 30 px, int32 (Y, X), of which none covers more than a
    tenth of what was there before: many touch."""
    labels = np.zeros((side, side), np.int32)
    rows, cols = np.mgrid[-15:16, -15:16]
    number = 0
    for _ in range(50 * count):
        row, col = random.integers(15, side - 16, 2)
        angle, (a, b) = random.uniform(0, np.pi), random.uniform(8, 15, 2)
        along = rows * np.cos(angle) + cols * np.sin(angle)
        across = cols * np.cos(angle) - rows * np.sin(angle)
        inside = (along / a) ** 2 + (across / b) ** 2 <= 1
        place = labels[row - 15 : row + 16, col - 15 : col + 16]
        if (place[inside] > 0).mean() <= 0.1:
            number += 1
            place[inside] = number
        if number == count:
            break
    return labels


def maps_of(labels: np.ndarray, random: np.random.Generator, noise: float = 0.05) -> Maps:
    """Return probability, distances and types as a network could give them."""
    nuclei, distances = hover_maps(labels)
    probability = np.clip(nuclei * 0.9 + random.normal(0, noise, labels.shape), 0, 1)
    noisy = distances + random.normal(0, noise, distances.shape)
    types = np.where(random.random(labels.shape) < 0.3, 0, labels % 5 + 1).astype(np.uint8)
    return probability.astype(np.float32), noisy.astype(np.float32), types


def published(maps: Maps) -> tuple[np.ndarray, list[int], np.ndarray]:
    """Return labels, types and centroids by the published loop."""
    labels = hovernet_loop.instances(*maps[:2])
    found = hovernet_loop.nuclei(labels, maps[2])
    centroids = np.array([nucleus.centroid for nucleus in found.values()])
    return labels, [nucleus.type for nucleus in found.values()], centroids


def ours(maps: Maps) -> tuple[np.ndarray, list[int], np.ndarray]:
    """Return the same by what the package does."""
    labels = nuclei_of(*maps[:2])
    codes, _ = majority(labels, maps[2], 6)
    inside = np.flatnonzero(labels > 0)
    ids, (rows, cols) = labels.ravel()[inside], np.divmod(inside, labels.shape[1])
    area = np.bincount(ids)
    there = np.flatnonzero(area)
    of_each = np.zeros(len(area), np.uint8)
    of_each[ids] = codes.ravel()[inside]
    centroids = [np.bincount(ids, line)[there] / area[there] for line in (cols, rows)]
    return labels, of_each[there].tolist(), np.stack(centroids, 1)


def check(maps: Maps) -> int:
    """Return how many nuclei both find; AssertionError where they differ."""
    one, other = published(maps), ours(maps)
    assert np.array_equal(one[0], other[0]), "labels differ"
    assert one[1] == other[1], "types differ"
    assert np.allclose(one[2], other[2]), "centroids differ"
    return len(one[1])


def seconds(run: Callable[[Maps], object], maps: Maps) -> tuple[float, float]:
    """Return the seconds of one run, by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    run(maps)
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=1000)
    parser.add_argument("--nuclei", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    random = np.random.default_rng(1)
    maps = maps_of(made_up_labels(given.side, given.nuclei, random), random)
    print(f"{given.side} × {given.side} px, {check(maps)} nuclei, the same by both")
    times = np.array([(seconds(published, maps), seconds(ours, maps)) for _ in range(given.rounds)])
    for name, slow, fast in zip(("clock", "processor"), *times.min(0), strict=True):
        ratio = slow / fast
        print(f"{name}: published loop {slow:.3f} s, ours {fast:.3f} s, {ratio:.1f} times as fast")


if __name__ == "__main__":
    main()
