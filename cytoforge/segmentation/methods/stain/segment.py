"""Nuclei in H&E, and in IHC where haematoxylin shows them."""

import numpy as np
from skimage.color import rgb2hed

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.images.samples import Sample
from cytoforge.segmentation.learned.inputs import transmission_of
from cytoforge.segmentation.learned.maps import without_small
from cytoforge.segmentation.learned.network_file import load_network
from cytoforge.segmentation.learned.predict import find_instances, scale_for
from cytoforge.segmentation.learned.shipped import described_by
from cytoforge.segmentation.methods.stain.config import StainConfig
from cytoforge.segmentation.moments import median_diameter_px
from cytoforge.segmentation.stained_regions import split_regions
from cytoforge.segmentation.without_dab import without_dab

RED_GREEN_BLUE = ("red", "green", "blue")


def segment(
    image: Image, config: StainConfig, sample: Sample | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return nuclei, int32 (Y, X), and the method's text."""
    pixels = red_green_blue(image)
    if config.network is None:
        nuclei, text = haematoxylin_regions(pixels), "stain, no network"
    else:
        trained = load_network(config.network, config.network_key)
        scale = scale_for(trained, config.nucleus_diameter_px, image.pixel_size_um)
        seen = without_dab(pixels) if config.dab == "removed" else pixels
        nuclei = find_instances(seen, trained, scale)
        text = f"stain, network {described_by(config.network)}"
    typical = config.nucleus_diameter_px or median_diameter_px(nuclei) or 0.0
    nuclei = without_small(nuclei, config.min_nucleus_area * np.pi / 4 * typical**2)
    return {"nuclei": nuclei}, text


def red_green_blue(image: Image) -> np.ndarray:
    """Return the three colours, (3, Y, X); UserError where the image has none of those names."""
    missing = [name for name in RED_GREEN_BLUE if name not in image.channels]
    if missing:
        raise UserError(
            where=f"segmentation method `stain`, image {image.name}",
            expected="channels red, green and blue",
            found=", ".join(image.channels),
            fix="set `images.channels: [red, green, blue]`; for bright nuclei on a dark ground use"
            " `method: watershed`",
        )
    return np.stack([image.channel(name) for name in RED_GREEN_BLUE])


def haematoxylin_regions(pixels: np.ndarray) -> np.ndarray:
    """Return nuclei without a network, int32 (Y, X): haematoxylin above Otsu's threshold, split.

    pixels : (3, Y, X), 0 is black
    """
    light = np.clip(transmission_of(pixels), 1 / 255, 1).transpose(1, 2, 0)
    return split_regions(rgb2hed(light)[..., 0])
