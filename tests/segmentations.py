"""Segmentations of arrays, for tests of what is made of them."""

import numpy as np

from cytoforge.segmentation.segmentation import ObjectPlane, Segmentation


def cells_and_gap(
    nuclei: np.ndarray,
    cells: np.ndarray,
    gap: np.ndarray,
    nucleus_px: float = 11,
    cell_px: float = 22,
    method: str = "by hand",
    **further: np.ndarray,
) -> Segmentation:
    """Return what the shipped methods give, and further objects by their names."""
    return Segmentation(
        {
            "nuclei": ObjectPlane(np.asarray(nuclei), float(nucleus_px), within="cells"),
            "cells": ObjectPlane(np.asarray(cells), float(cell_px)),
            "gap": ObjectPlane(np.asarray(gap)),
            **{name: ObjectPlane(np.asarray(array)) for name, array in further.items()},
        },
        method,
    )
