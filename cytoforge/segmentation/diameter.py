"""Typical diameters of labelled objects."""

import numpy as np

# A cell is 1.8 nuclei wide unless the user says otherwise. Measured on the Kc167 fields: nuclei of
# 18 px in cells of 32 px.
CELL_TO_NUCLEUS = 1.8


def median_diameter_px(labels: np.ndarray) -> float | None:
    """Return the median diameter of disks with the objects' areas, or None without objects."""
    area = np.bincount(labels.ravel())[1:]
    area = area[area > 0]
    return float(np.sqrt(np.median(area) * 4 / np.pi)) if len(area) else None
