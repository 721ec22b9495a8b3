"""Layers of a shaded field: by the cells and not by the light."""

from pathlib import Path

import numpy as np
import pytest

from cytoforge.config.images import NormalisationConfig
from cytoforge.config.references import ReferenceConfig
from cytoforge.images.image import Image
from cytoforge.images.normalise import channel_ranges
from cytoforge.images.read import read_raw
from cytoforge.images.shading import even_image
from cytoforge.references.run import render_image
from cytoforge.segmentation.methods.watershed.config import WatershedConfig
from cytoforge.segmentation.registry import segment
from cytoforge.segmentation.segmentation import Segmentation

SCALE = NormalisationConfig()
LAYERS = ReferenceConfig.model_validate(
    {"segmentation": "cells", "levels": 7, "bounds": {"mode": "per_image"}}
)
CYTOPLASM = (2, 3, 4)  # codes of the three layers, darkest first


def image_of(pixels: np.ndarray) -> Image:
    return Image("pos076", pixels, ("dna", "actin"), channel_ranges(pixels, SCALE))


@pytest.fixture(scope="module")
def real(root: Path) -> tuple[np.ndarray, Segmentation]:
    """A shipped field and its cells."""
    files = [root / f"resources/images/pos076_{channel}.tif" for channel in ("dna", "actin")]
    pixels = np.stack([read_raw(str(file)).pixels[0] for file in files])
    config = WatershedConfig(
        nuclei_channel="dna", cytoplasm_channel="actin", nucleus_diameter_px=19
    )
    return pixels, segment(image_of(pixels), config)


@pytest.mark.parametrize("axis", [0, 1])
def test_layers_do_not_follow_a_ramp_of_light(real, axis):
    pixels, cells = real
    ramp = np.linspace(0.5, 1.5, pixels.shape[1 + axis])
    light = ramp[:, None] if axis == 0 else ramp
    shaded = image_of(np.clip(np.rint(pixels * light), 0, 255).astype(np.uint8))

    def correlation(image: Image) -> float:
        rendered = render_image(image, cells, LAYERS, "actin", None)
        inside = np.isin(rendered, CYTOPLASM)
        place = np.indices(rendered.shape)[axis]
        return float(np.corrcoef(rendered[inside], place[inside])[0, 1])

    assert correlation(shaded) > 0.4
    assert abs(correlation(even_image(shaded, SCALE))) < 0.15
