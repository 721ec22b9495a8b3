"""How far people agree who have marked the same nuclei: the ceiling of what a program can reach."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from cytoforge.metrics.intervals import f1
from cytoforge.metrics.point_scores import DEFAULT_UM
from cytoforge.segmentation.centroid_matching import match_points

COLUMNS = ("study", "tile", "annotator", "other", "gate_um", "n", "n_other", "both", "f1")
ALL = "all"
Cell = str | float | int | None


def agreement_rows(
    studies: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]], gate_um: float = DEFAULT_UM
) -> list[tuple[Cell, ...]]:
    """Return F1 between annotators, one row per tile and pair, with the columns `COLUMNS`.

    Points are matched one to one within the gate; F1 is twice the matched ones by the points of
    both, the same whoever is called the truth, None where neither has marked any. In rows of tile
    `all` it is pooled: of each pair, of each annotator with all others (`other` is `all` too), and
    of all pairs.

    studies : points in µm (n, 2) by study, tile and annotator
    """
    rows: list[tuple[Cell, ...]] = []
    for study, tiles in studies.items():
        pooled: dict[tuple[str, str], np.ndarray] = {}
        for tile, points in tiles.items():
            for pair in combinations(points, 2):
                counts = match_points(points[pair[0]], points[pair[1]], gate_um).counts
                rows.append(_row(study, tile, *pair, gate_um, counts))
                for one, other, own in _ways(*pair, counts):
                    pooled[one, other] = pooled.get((one, other), np.zeros(3)) + own
        rows += [_row(study, ALL, *pair, gate_um, own) for pair, own in pooled.items()]
    return rows


def _ways(one: str, other: str, counts: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield what a pair's counts (both, the other's alone, one's alone) are added to."""
    yield one, other, counts
    yield one, ALL, counts
    yield other, ALL, counts[[0, 2, 1]]
    yield ALL, ALL, counts


def _row(
    study: str, tile: str, one: str, other: str, gate_um: float, counts: np.ndarray
) -> tuple[Cell, ...]:
    both, others, own = counts.astype(int).tolist()
    value = float(f1(counts)) if counts.any() else None
    return study, tile, one, other, gate_um, both + own, both + others, both, value
