"""Area, typical diameter, centroid and second moments of all labels at once."""

from dataclasses import dataclass

import numpy as np

from cytoforge.segmentation.identity import label_areas, row_strips

# A cell is 1.8 nuclei wide unless the user says otherwise. Measured on the Kc167 fields: nuclei of
# 18 px in cells of 32 px.
CELL_TO_NUCLEUS = 1.8


@dataclass(frozen=True)
class Moments:
    """Raw moments of each label, float64 (n,); sums of two labels' moments are their union's."""

    area: np.ndarray
    sum_row: np.ndarray
    sum_col: np.ndarray
    sum_row2: np.ndarray
    sum_col2: np.ndarray
    sum_row_col: np.ndarray

    def union(self, a: np.ndarray, b: np.ndarray) -> "Moments":
        """Return the moments of the unions of labels `a[i]` and `b[i]`."""
        return Moments(*(values[a] + values[b] for values in vars(self).values()))

    def take(self, ids: np.ndarray) -> "Moments":
        """Return the moments of the labels `ids`."""
        return Moments(*(values[ids] for values in vars(self).values()))

    @property
    def row(self) -> np.ndarray:
        """Row of the centroid."""
        return self.sum_row / np.maximum(self.area, 1)

    @property
    def col(self) -> np.ndarray:
        """Column of the centroid."""
        return self.sum_col / np.maximum(self.area, 1)

    @property
    def var_row(self) -> np.ndarray:
        """Variance of the rows; a pixel is a unit square, whose own variance is 1/12."""
        return self.sum_row2 / np.maximum(self.area, 1) - self.row**2 + 1 / 12

    @property
    def var_col(self) -> np.ndarray:
        """Variance of the columns."""
        return self.sum_col2 / np.maximum(self.area, 1) - self.col**2 + 1 / 12

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of rows and columns."""
        return self.sum_row_col / np.maximum(self.area, 1) - self.row * self.col

    def ellipse_fit(self) -> np.ndarray:
        """Return area over the area of the ellipse with the same second moments.

        About 1 for an ellipse; 0.89 for two touching equal disks; less for bent shapes.
        """
        determinant = self.var_row * self.var_col - self.covariance**2
        return self.area / (4 * np.pi * np.sqrt(np.maximum(determinant, 1 / 144)))


def label_moments(labels: np.ndarray, size: int | None = None) -> Moments:
    """Return the moments of labels 0..size-1 of an integer (Y, X) map; those of 0 are zero."""
    size = int(labels.max()) + 1 if size is None else size
    sums = np.zeros((6, size))
    for strip in row_strips(labels.shape):
        rows, cols = np.nonzero(labels[strip])
        rows += strip.start
        ids = labels[rows, cols]
        y, x = rows.astype(np.float64), cols.astype(np.float64)
        # Sums of integers below 2^53 are exact, so strips do not change them.
        for total, weight in zip(sums, (np.ones_like(y), y, x, y * y, x * x, y * x), strict=True):
            total += np.bincount(ids, weights=weight, minlength=size)
    return Moments(*sums)


def median_diameter_px(labels: np.ndarray) -> float | None:
    """Return the median diameter of disks with the objects' areas, or None without objects."""
    area = label_areas(labels)[1:]
    area = area[area > 0]
    return float(np.sqrt(np.median(area) * 4 / np.pi)) if len(area) else None
