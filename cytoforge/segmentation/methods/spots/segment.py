"""Bright points of an image, as disks."""

import numpy as np

from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.channels import cytoplasm_pixels
from cytoforge.segmentation.methods.spots.config import SpotsMethodConfig
from cytoforge.segmentation.spot_detection import detect_spots
from cytoforge.segmentation.spot_disks import spot_disks


def segment(
    image: Image, config: SpotsMethodConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return spots, int32 (Y, X), and the method's text."""
    found = detect_spots(cytoplasm_pixels(image, config), config.sigma_px, config.threshold)
    disks = spot_disks(found.points, image.shape, config.radius_px)
    text = f"spots, σ {config.sigma_px:g} px, threshold {config.threshold:g}"
    return {"spots": disks}, text
