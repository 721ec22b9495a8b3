"""Label maps of a crop of a shipped image have the bytes that they always had."""

import hashlib

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from cytoforge.config.references import ReferenceConfig
from cytoforge.references.bounds import LayerBounds
from cytoforge.references.label_map import render
from cytoforge.segmentation.segmentation import Segmentation
from tests.segmentations import cells_and_gap

LAYERS = {
    4: None,
    7: LayerBounds((36.0, 50.0)),
    9: LayerBounds((37.0, 45.0), (36.0, 70.0)),
}
# Computed with the code that had nuclei, cells and gap fixed.
SHA256 = {
    4: "807c53220e6229c44fdb37f284cd9601e30151360dfafaf0bf4bfc7a4b67cebf",
    7: "1dc38551830967516f89e6aa718121122c1ee822c9f95080220c8868a9fd2460",
    9: "0645f1e2f0bfb65bf31631634c911f972450d2729561bfc32e33015f510c3bd9",
}


@pytest.fixture(scope="module")
def crop(root) -> tuple[Segmentation, np.ndarray]:
    """Thresholds of whole numbers: no rounding of another machine can move a pixel."""
    dna, actin = (
        tifffile.imread(root / f"resources/images/pos002_{name}.tif")[:300, :400].astype(np.int64)
        for name in ("dna", "actin")
    )
    nuclei = ndimage.label(dna > np.sort(dna, axis=None)[int(0.8 * dna.size)])[0]
    bright = actin > np.sort(actin, axis=None)[int(0.55 * actin.size)]
    cells = ndimage.label(bright)[0]
    nuclei = np.where(cells > 0, nuclei, 0)
    gap = (np.indices(cells.shape).sum(0) > 500) & (cells == 0)
    grey = (actin * 255 // actin.max()).astype(np.float32)
    return cells_and_gap(nuclei.astype(np.int32), cells.astype(np.int32), gap), grey


@pytest.mark.parametrize("levels", SHA256)
def test_label_maps_keep_their_bytes(crop, levels):
    segmentation, grey = crop
    config = ReferenceConfig(segmentation="s", levels=levels, rim_dilation_px=int(levels == 4))
    rendered = render(segmentation, grey, config, LAYERS[levels])
    assert set(np.unique(rendered)) == set(range(levels + 1))
    assert hashlib.sha256(rendered.tobytes()).hexdigest() == SHA256[levels]
