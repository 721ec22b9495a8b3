"""Label maps: one code per pixel, from named objects and the cells' layers."""

import numpy as np

from cytoforge.config.references import ReferenceConfig
from cytoforge.errors import UserError
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.codes import code_table
from cytoforge.references.intensity_layers import NO_LAYER, cytoplasm_means, layer_of_cells
from cytoforge.references.region_pixels import Source, region_pixels
from cytoforge.segmentation.segmentation import Segmentation


def render(
    segmentation: Segmentation,
    grey: np.ndarray | None,
    config: ReferenceConfig,
    bounds: LayerBounds | None = None,
) -> np.ndarray:
    """Render the levels of the config's table in order; later ones win.

    Background is all that is not gap. Cytoplasm is each cell without its (widened) rim, nucleus
    each nucleus with or without its rim. Rims are rendered outside the gap only: the original kept
    nucleus rims inside it. Interiors are rendered in the gap too, as the original does, so whether
    floating cells show is decided by the segmentation alone.

    Parameters
    ----------
    segmentation : planes (Y, X) of the objects that the table names
    grey : (Y, X) float32, 0–255; None for tables without layers
    bounds : bounds between layers; None for tables without layers, and images without cells

    Returns
    -------
    (Y, X) uint8
    """
    codes = code_table(config)
    source = Source(segmentation, config, frozenset(code.region for code in codes))
    layers = _layer_pixels(segmentation, grey, config, bounds) if config.n_layers else None
    taken = {region: region_pixels(region, source) for region in source.regions - {"gap"}}
    rendered = np.zeros(segmentation.shape, dtype=np.uint8)
    for code in codes[1:]:
        pixels = taken[code.region]
        if code.layer is not None:
            pixels = pixels & (layers == code.layer)
        np.copyto(rendered, np.uint8(code.code), where=pixels)
    return rendered


def _layer_pixels(
    segmentation: Segmentation,
    grey: np.ndarray | None,
    config: ReferenceConfig,
    bounds: LayerBounds | None,
) -> np.ndarray:
    """Return the layer of the cell at each pixel, (Y, X) uint8."""
    cells = segmentation["cells"]
    if grey is None or grey.shape != cells.shape:
        found = "none" if grey is None else f"shape {grey.shape}"
        raise UserError("grey values", f"one per pixel of the labels, {cells.shape}", found)
    means = cytoplasm_means(segmentation, grey)
    if bounds is None and np.isnan(means).all():
        return np.full(cells.shape, NO_LAYER, dtype=np.uint8)
    edges = () if bounds is None else bounds.edges
    if len(edges) != config.n_layers - 1:
        raise UserError(
            where="layer bounds",
            expected=f"{config.n_layers - 1} rising values for {config.n_layers} layers",
            found=str(list(edges)),
            fix="Make the bounds again with the table they are for.",
        )
    return np.take(layer_of_cells(means, edges), cells)
