"""Checks that the images of one data set, their label maps and instances belong together."""

from collections.abc import Iterable

import numpy as np

from cytoforge.errors import UserError
from cytoforge.images.image import Image
from cytoforge.split.region import Region


class Sources:
    """The images met so far, compared with the regions and with the first of them.

    Attributes
    ----------
    channels, dtype : of every image, None before the first
    ranges : [low, high, method] per channel of each image, by name
    pixel_size_um : by image name
    """

    def __init__(self, regions: Iterable[Region], n_codes: int) -> None:
        self._bounds: dict[str, tuple[int, int]] = {}
        for region in regions:
            rows, cols = self._bounds.get(region.image, (0, 0))
            self._bounds[region.image] = (max(rows, region.row1), max(cols, region.col1))
        self._n_codes = n_codes
        self.channels: tuple[str, ...] | None = None
        self.dtype: np.dtype | None = None
        self.ranges: dict[str, list[list[float | str]]] = {}
        self.pixel_size_um: dict[str, float | None] = {}

    def accept(self, image: Image, label_map: np.ndarray, instances: np.ndarray) -> None:
        """Check one image, its label map and instances, and record it. Raises UserError."""
        where = f"image {image.name}"
        if image.name not in self._bounds or image.name in self.ranges:
            found = "given twice" if image.name in self.ranges else "in none"
            raise UserError(where, "each image of the regions once", found, "make the split again")
        rows, cols = self._bounds[image.name]
        if image.shape[0] < rows or image.shape[1] < cols:
            raise UserError(
                where,
                f"at least {rows} × {cols} px, which its regions span",
                f"{image.shape[0]} × {image.shape[1]} px",
                "make the split again: the image is not the one that was divided",
            )
        self._check_alike(where, image)
        self._check_labels(where, image, label_map)
        _check_instances(where, image, instances)
        self.ranges[image.name] = [[r.low, r.high, r.method] for r in image.ranges]
        self.pixel_size_um[image.name] = image.pixel_size_um

    def finish(self) -> None:
        """Raise UserError when an image of the regions never came."""
        missing = sorted(set(self._bounds) - set(self.ranges))
        if missing:
            raise UserError("tiles", "every image of the regions", f"no {', '.join(missing)}")

    def _check_alike(self, where: str, image: Image) -> None:
        if self.channels is None or self.dtype is None:
            self.channels, self.dtype = image.channels, image.pixels.dtype
        if (image.channels, image.pixels.dtype) != (self.channels, self.dtype):
            raise UserError(
                where,
                f"channels {', '.join(self.channels)} in {self.dtype}, as in {min(self.ranges)}",
                f"channels {', '.join(image.channels)} in {image.pixels.dtype}",
                "images of one data set need the same channels and type; see samples.tsv",
            )

    def _check_labels(self, where: str, image: Image, label_map: np.ndarray) -> None:
        if label_map.dtype != np.uint8 or label_map.shape != image.shape:
            raise UserError(
                f"label map of {where}",
                f"uint8, {image.shape[0]} × {image.shape[1]} px as the image",
                f"{label_map.dtype}, {' × '.join(map(str, label_map.shape))} px",
                "make the label map again",
            )
        # A code without a name would index past the one-hot channels in training.
        if (highest := int(label_map.max())) >= self._n_codes:
            raise UserError(
                f"label map of {where}",
                f"codes 0 to {self._n_codes - 1}",
                f"code {highest}",
                "make the label map again with the code table of its reference",
            )


def _check_instances(where: str, image: Image, instances: np.ndarray) -> None:
    if instances.shape != image.shape or not np.issubdtype(instances.dtype, np.integer):
        raise UserError(
            f"instance labels of {where}",
            f"integers, {image.shape[0]} × {image.shape[1]} px as the image",
            f"{instances.dtype}, {' × '.join(map(str, instances.shape))} px",
            "make the segmentation again",
        )
