"""cell_means.safetensors: the mean grey value of each cell that layer bounds are computed from.

A file of its own, so that another rule for the bounds reads no image again; and so that each label
map's job follows one file instead of a list of all images, which Snakemake searches for every map
(10,000 images: 10⁸ comparisons).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from cytoforge.errors import UserError
from cytoforge.jobs.atomic import atomic_path


def write_means(path: str | Path, means: Mapping[str, np.ndarray]) -> None:
    """Write each image's `layer_means`, float64 (cells,)."""
    arrays = {image: np.ascontiguousarray(values, np.float64) for image, values in means.items()}
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(arrays))


def read_means(path: str | Path) -> dict[str, np.ndarray]:
    """Read what `write_means` wrote, images in order of their names.

    Raises
    ------
    UserError : the file is none of ours
    """
    try:
        return dict(sorted(load_file(path).items()))
    except (OSError, SafetensorError) as error:
        raise UserError(
            where=str(path),
            expected="mean grey values of cells, as written by this workflow",
            found=f"{type(error).__name__}: {error}",
            fix="Delete the file and run again.",
        ) from error
