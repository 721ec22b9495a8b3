"""bounds.json: the layer bounds, and what the report shows about where they come from."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.jobs.atomic import write_json
from cytoforge.references.bounds import LayerBounds, cells_per_layer, compute_bounds

HISTOGRAM_BINS = 40


@dataclass(frozen=True)
class BoundsRecord:
    """Layer bounds and their origin.

    Attributes
    ----------
    mode : `bounds.mode` of the config
    bounds : what divides the cells
    images : whose cells were counted
    n_cells : how many cells were counted
    cells_per_layer : how many of them fall into each layer, darkest first
    histogram_counts, histogram_edges : their mean grey values; n counts and n+1 edges, or none
    """

    mode: str
    bounds: LayerBounds
    images: tuple[str, ...]
    n_cells: int
    cells_per_layer: tuple[int, ...]
    histogram_counts: tuple[int, ...]
    histogram_edges: tuple[float, ...]


def record_bounds(
    means: Mapping[str, np.ndarray], config: ReferenceConfig, where: str = "references: bounds"
) -> BoundsRecord:
    """Compute the bounds from each image's `layer_means` and say where they come from.

    In mode `original` only the first image counts; for the original's own rule its means must not
    be restricted to training regions. For `per_image` pass one image.
    """
    images = list(means)[: 1 if config.bounds.mode == "original" else None]
    values = np.concatenate([np.empty(0), *(means[image] for image in images)])
    bounds = compute_bounds(values, config, where)
    empty = values.size and not all(cells_per_layer(values, bounds))
    if config.bounds.mode == "fixed" and empty:
        raise _empty_layer(where, values, bounds)
    counts, edges = np.histogram(values, HISTOGRAM_BINS) if values.size else (np.empty(0),) * 2
    return BoundsRecord(
        mode=config.bounds.mode,
        bounds=bounds,
        images=tuple(images),
        n_cells=values.size,
        cells_per_layer=cells_per_layer(values, bounds),
        histogram_counts=tuple(counts.astype(int).tolist()),
        histogram_edges=tuple(edges.tolist()),
    )


def _empty_layer(where: str, means: np.ndarray, bounds: LayerBounds) -> UserError:
    counts = ", ".join(map(str, cells_per_layer(means, bounds)))
    found = (
        f"{counts} cells per layer; mean grey goes from {means.min():.2f} to {means.max():.2f}"
        f" (median {np.median(means):.2f})"
    )
    return UserError(
        where=where,
        expected=f"cells in every layer between the bounds {', '.join(map(str, bounds.edges))}",
        found=found,
        fix="choose bounds within that range, or `mode: training`",
    )


def write_bounds(path: str | Path, record: BoundsRecord) -> None:
    """Write bounds.json; floats keep every digit, so a bound still equals the mean it came from."""
    write_json(path, asdict(record))


def read_bounds(path: str | Path) -> BoundsRecord:
    """Read bounds.json; a file that is none raises UserError."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        outer = values["bounds"]["outer"]
        bounds = LayerBounds(tuple(values["bounds"]["inner"]), tuple(outer) if outer else None)
        lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        return BoundsRecord(**{**values, **lists, "bounds": bounds})
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            where=str(path),
            expected="layer bounds as written by this workflow (bounds.json)",
            found=f"{type(error).__name__}: {error}",
            fix="Delete the file and run again.",
        ) from error
