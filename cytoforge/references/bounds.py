"""Bounds between layers: which grey values divide the cells, by count and not by range."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.references.intensity_layers import centroids, cytoplasm_means, layer_of_cells
from cytoforge.segmentation.segmentation import Segmentation
from cytoforge.split.region import Region

ORIGINAL_OUTER = (55.0, 95.0)
# The fractions of cells that the original put outside [55, 95] on its own images.
OUTER_QUANTILES = (0.16, 0.938)


@dataclass(frozen=True)
class LayerBounds:
    """Grey values on the 0–255 scale that divide cells into layers.

    Attributes
    ----------
    inner : bounds between layers, rising
    outer : bounds below and above which cells form layers of their own, or None
    """

    inner: tuple[float, ...]
    outer: tuple[float, float] | None = None

    @property
    def edges(self) -> tuple[float, ...]:
        """All bounds, rising; intervals between them include their lower bound."""
        return self.inner if self.outer is None else (self.outer[0], *self.inner, self.outer[1])


def layer_means(
    segmentation: Segmentation, grey: np.ndarray, regions: Sequence[Region] | None = None
) -> np.ndarray:
    """Return the mean grey value of each cell of one image that may decide the bounds.

    Parameters
    ----------
    segmentation : with cells, and nuclei where they are looked for
    grey : (Y, X) float32, 0–255
    regions : regions of this image; only cells with their centroid in one of split `train` count.
        None: all cells

    Returns
    -------
    (n,) float64, in order of cell id; cells that are all nucleus are left out
    """
    means = cytoplasm_means(segmentation, grey)
    wanted = ~np.isnan(means)
    if regions is not None:
        if len({region.image for region in regions}) > 1:
            raise ValueError("regions of several images given with one segmentation")
        wanted &= _in_training(centroids(segmentation["cells"]), regions)
    return means[wanted]


def compute_bounds(
    means: np.ndarray, config: ReferenceConfig, where: str = "references: bounds"
) -> LayerBounds:
    """Return the bounds for the config's table: fixed ones as they are, others by count.

    Of n sorted means, the k inner layers are divided at the elements with index floor(n/k),
    floor(2n/k), … With outer bounds [low, high) only the means inside count, and the cells on
    either side form two more layers.

    Parameters
    ----------
    means : (n,) float64, the cells that decide: of the training regions, or of one image
    where : names the config block or image in errors

    Raises
    ------
    UserError : an inner layer would hold no cell
    """
    if config.bounds.mode == "fixed":
        return LayerBounds(config.bounds.inner or (), config.bounds.outer)
    outer = _outer(means, config)
    inside = np.sort(means)
    if outer is not None:
        inside = inside[(inside >= outer[0]) & (inside < outer[1])]
    parts = config.n_layers - (2 if outer else 0)
    if inside.size:
        cuts = [inside.size * part // parts for part in range(1, parts)]
        inner = tuple(float(inside[cut]) for cut in cuts)
        sizes = np.bincount(layer_of_cells(inside, inner), minlength=parts)
        if sizes.all():
            return LayerBounds(inner, outer)
    raise _empty_interval(where, means, inside, outer, parts, config)


def cells_per_layer(means: np.ndarray, bounds: LayerBounds) -> tuple[int, ...]:
    """Return how many cells fall into each layer, darkest first."""
    layers = layer_of_cells(means, bounds.edges)
    return tuple(np.bincount(layers, minlength=len(bounds.edges) + 1).tolist())


def _outer(means: np.ndarray, config: ReferenceConfig) -> tuple[float, float] | None:
    if config.bounds.outer is not None or config.levels != 9:
        return config.bounds.outer
    if config.bounds.mode == "original":
        return ORIGINAL_OUTER
    if means.size == 0:
        return None
    low, high = np.quantile(means, OUTER_QUANTILES)
    return float(low), float(high)


def _in_training(points: np.ndarray, regions: Sequence[Region]) -> np.ndarray:
    rows, columns = points.T
    inside = np.zeros(len(points), dtype=bool)
    for region in regions:
        if region.split == "train":
            inside |= (
                (rows >= region.row0)
                & (rows < region.row1)
                & (columns >= region.col0)
                & (columns < region.col1)
            )
    return inside


def _empty_interval(
    where: str,
    means: np.ndarray,
    inside: np.ndarray,
    outer: tuple[float, float] | None,
    parts: int,
    config: ReferenceConfig,
) -> UserError:
    interval = "" if outer is None else f" in [{outer[0]:.6g}, {outer[1]:.6g})"
    found = "no cells with cytoplasm"
    if means.size:
        found = (
            f"{means.size} cells with mean grey {means.min():.2f} to {means.max():.2f}"
            f" (median {np.median(means):.2f}); {inside.size}{interval or ' count'},"
            f" of {np.unique(inside).size} different values"
        )
    move = (
        "Set `bounds.outer` within the range found or to null, use"
        if config.bounds.outer
        else "Use"
    )
    channel = config.layer_channel
    return UserError(
        where=where,
        expected=f"cells for {parts} layers by mean cytoplasm grey{interval}",
        found=found,
        fix=f"{move} 4 levels, or check the segmentation and that `layer_channel`"
        f" ({channel or 'the cytoplasm channel'}) shows cytoplasm.",
    )
