"""Label maps: one code a pixel, from instance labels, the gap and the cells' layers."""

from dataclasses import dataclass

import numpy as np

from cytoforge.config.references import ReferenceConfig, RegionName
from cytoforge.errors import UserError
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.codes import Code, code_table
from cytoforge.references.layers import NO_LAYER, cell_means, layer_of_cells
from cytoforge.references.rims import dilate, rims
from cytoforge.segmentation.segmentation import Segmentation


@dataclass(frozen=True)
class _Pixels:
    """Masks from which levels are painted, all (Y, X) bool but `layers`, uint8 or None."""

    tissue: np.ndarray
    cytoplasm: np.ndarray
    cell_rim: np.ndarray
    nucleus: np.ndarray
    nucleus_rim: np.ndarray
    layers: np.ndarray | None


def label_map(
    seg: Segmentation,
    grey: np.ndarray | None,
    config: ReferenceConfig,
    bounds: LayerBounds | None = None,
) -> np.ndarray:
    """Paint the levels of the config's table in order; later ones win.

    Background is all that is not gap. Cytoplasm is each cell without its (widened) rim, nucleus
    each nucleus with or without its rim. Both kinds of rim are painted outside the gap only: the
    original kept nucleus rims inside it. Interiors are painted in the gap too, as the original
    does, so whether floating cells show is decided by the segmentation alone.

    Parameters
    ----------
    seg : labels and gap, (Y, X)
    grey : (Y, X) float32, 0–255; None for tables without layers
    bounds : bounds between layers; None for tables without layers, and images without cells

    Returns
    -------
    (Y, X) uint8
    """
    _check_segmentation(seg)
    codes = code_table(config)
    regions = {code.region for code in codes}
    layers = _layer_pixels(seg, grey, config, bounds) if config.n_layers else None
    pixels = _pixels(seg, config, regions, layers)
    painted = np.zeros(seg.cells.shape, dtype=np.uint8)
    for code in codes[1:]:
        np.copyto(painted, np.uint8(code.code), where=_taken_by(code, pixels))
    return painted


def _pixels(
    seg: Segmentation, config: ReferenceConfig, regions: set[RegionName], layers: np.ndarray | None
) -> _Pixels:
    tissue, cell, nucleus = ~seg.gap, seg.cells != 0, seg.nuclei != 0
    cell_rim = dilate(rims(seg.cells, config.edge_rims), config.rim_dilation_px)
    nucleus_rim = rims(seg.nuclei, config.edge_rims)
    # Without a code of its own a cell's rim is cytoplasm: else background would part the cells.
    cytoplasm = cell & ~cell_rim if "cell_rim" in regions else cell
    merged = config.nucleus_rim == "merged" or (
        config.nucleus_rim == "auto" and "nucleus_rim" not in regions
    )
    return _Pixels(
        tissue=tissue,
        cytoplasm=cytoplasm,
        cell_rim=cell_rim & tissue,
        nucleus=nucleus if merged else nucleus & ~nucleus_rim,
        nucleus_rim=np.zeros_like(tissue) if merged else nucleus_rim & tissue,
        layers=layers,
    )


def _taken_by(code: Code, pixels: _Pixels) -> np.ndarray:
    if code.region == "cytoplasm" and code.layer is not None:
        return pixels.cytoplasm & (pixels.layers == code.layer)
    masks = {
        "background": pixels.tissue,
        "cytoplasm": pixels.cytoplasm,
        "cell_rim": pixels.cell_rim,
        "nucleus": pixels.nucleus,
        "nucleus_rim": pixels.nucleus_rim,
    }
    return masks[code.region]


def _layer_pixels(
    seg: Segmentation,
    grey: np.ndarray | None,
    config: ReferenceConfig,
    bounds: LayerBounds | None,
) -> np.ndarray:
    """Return the layer of the cell at each pixel, (Y, X) uint8."""
    if grey is None or grey.shape != seg.cells.shape:
        found = "none" if grey is None else f"shape {grey.shape}"
        raise UserError("grey values", f"one a pixel of the labels, {seg.cells.shape}", found)
    means = cell_means(seg.cells, seg.nuclei, grey)
    if bounds is None and np.isnan(means).all():
        return np.full(seg.cells.shape, NO_LAYER, dtype=np.uint8)
    edges = () if bounds is None else bounds.edges
    if len(edges) != config.n_layers - 1:
        raise UserError(
            where="layer bounds",
            expected=f"{config.n_layers - 1} rising values for {config.n_layers} layers",
            found=str(list(edges)),
            fix="Make the bounds again with the table they are for.",
        )
    return np.take(layer_of_cells(means, edges), seg.cells)


def _check_segmentation(seg: Segmentation) -> None:
    # An integer gap would turn `~gap` into -1 and -2, both true: the original's silent trap.
    if seg.gap.dtype != np.bool_:
        raise UserError("segmentation: gap", "a mask of dtype bool", f"dtype {seg.gap.dtype}")
    shapes = {seg.cells.shape, seg.nuclei.shape, seg.gap.shape}
    if len(shapes) > 1 or seg.cells.ndim != 2:
        raise UserError(
            where="segmentation",
            expected="cells, nuclei and gap of one shape (Y, X)",
            found=f"cells {seg.cells.shape}, nuclei {seg.nuclei.shape}, gap {seg.gap.shape}",
        )
