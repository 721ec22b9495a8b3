"""What the checks look at: nuclei, or else the main objects, and the channel that shows them."""

import numpy as np

from cytoforge.config.segmentation import SegmentationBase
from cytoforge.images.image import Image
from cytoforge.segmentation.channels import cytoplasm_channel, nuclei_channel
from cytoforge.segmentation.derived_channels import channel_pixels, nuclei_are_dark
from cytoforge.segmentation.moments import Moments, label_moments
from cytoforge.segmentation.segmentation import Segmentation

NUCLEI = "nuclei"
# Edges and texture say the same of a megapixel in the middle as of a whole slide.
WINDOW_PX = 1024


def checked(segmentation: Segmentation) -> str:
    """Return the name of the objects that are looked at: nuclei where there are any."""
    has_nuclei = NUCLEI in segmentation and segmentation[NUCLEI].any()
    return NUCLEI if has_nuclei else segmentation.main_object


def picture(image: Image, segmentation: Segmentation, config: SegmentationBase) -> np.ndarray:
    """Return the channel in which these objects were sought, float32 (Y, X), as the method saw it:
    derived where it is, and turned where nuclei are dark."""
    nuclei = checked(segmentation) == NUCLEI
    named = (nuclei_channel if nuclei else cytoplasm_channel)(image, config)
    pixels = channel_pixels(image, named).astype(np.float32)
    return pixels.max() - pixels if nuclei and _turned(pixels, config) else pixels


def is_turned(image: Image, config: SegmentationBase) -> bool:
    """Return whether the method looks for dark nuclei in the channel that shows them."""
    return _turned(channel_pixels(image, nuclei_channel(image, config)), config)


def _turned(pixels: np.ndarray, config: SegmentationBase) -> bool:
    polarity = getattr(config, "polarity", "bright")
    return polarity == "dark" or (polarity == "auto" and nuclei_are_dark(pixels))


def found_moments(segmentation: Segmentation) -> Moments:
    """Return the moments of the objects that are there, without gaps between ids."""
    moments = label_moments(segmentation[checked(segmentation)])
    return moments.take(np.flatnonzero(moments.area > 0))


def diameter_px(segmentation: Segmentation) -> float:
    """Return the median diameter of disks with the objects' areas, 0.0 without objects."""
    area = found_moments(segmentation).area
    return float(np.sqrt(np.median(area) * 4 / np.pi)) if len(area) else 0.0


def as_network_sees(
    image: Image, segmentation: Segmentation, config: SegmentationBase
) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells' channel resized and without slow light, as the shipped network for phase
    contrast sees it, float32 (y, x), and where cells are, bool (y, x)."""
    # Costs a second that checks of other methods need not wait.
    from cytoforge.segmentation.learned.network_file import load_network
    from cytoforge.segmentation.learned.predict import nearest_lines, scale_for, seen_by

    trained = load_network("phase", "network")
    scale = scale_for(trained, config.cell_diameter_px, image.pixel_size_um)
    seen = seen_by(picture(image, segmentation, config)[None], trained, scale)[0]
    labels = segmentation[checked(segmentation)]
    return seen, labels[np.ix_(*nearest_lines(labels.shape, seen.shape))] > 0


def middle(shape: tuple[int, ...], side: int = WINDOW_PX) -> tuple[slice, slice]:
    """Return rows and columns of the middle, at most `side` px each way.

    >>> middle((2000, 500), 1000)
    (slice(500, 1500, None), slice(0, 500, None))
    """
    starts = [max(size - side, 0) // 2 for size in shape]
    rows, cols = (
        slice(start, start + min(size, side)) for start, size in zip(starts, shape, strict=True)
    )
    return rows, cols


def method_seeks_rough(config: SegmentationBase) -> bool:
    """Whether the method takes what is rough, between smooth ground, for a cell."""
    return config.method == "phase"


def knows_phase_contrast(config: SegmentationBase) -> bool:
    """Whether cells are found by the shipped network, which knows dark cells in bright halos; one
    of the user's own may know others."""
    return method_seeks_rough(config) and getattr(config, "network", None) == "phase"


def method_seeks_bright(config: SegmentationBase) -> bool:
    """Whether the method takes what is bright for a nucleus."""
    return config.method == "watershed"
